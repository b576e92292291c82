//! World coordinates against other implementations: WCSLIB (by way of astropy), Montage 6.0, the headers
//! of real files.

mod distortions;
mod frames;
mod headers;
mod old_headers;
mod projections;
