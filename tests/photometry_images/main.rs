//! HST and MUSE images brought together, against what imphot and MPDAF made of the same files.

mod real;
