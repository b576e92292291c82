//! Header templates: made for a table of images (mMakeHdr) or a region (mHdr), taken from an image
//! (mGetHdr), given to one (mPutHdr), or standing for another (mTANHdr); and positions in an image
//! (mCoord).

mod csys;
mod get;
mod location;
mod make;
mod position;
mod put;
mod region;
mod table;
mod tangent;

pub use csys::named_frame;
pub use get::{get_header, Form, GetHdr, GetHdrOutcome};
pub use make::{make_header, MakeHdr, MakeHdrOutcome};
pub use position::{coordinates, Coord, CoordOutcome, Place};
pub use put::{put_header, PutHdr, PutHdrOutcome};
pub use region::{header_of_region, Band, Hdr, HdrOutcome};
pub use tangent::{stand_in, tangent_header, TanHdr, TanHdrOutcome};

#[cfg(test)]
mod tests;
