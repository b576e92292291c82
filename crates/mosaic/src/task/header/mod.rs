//! Header templates: made for a table of images (mMakeHdr) or a region (mHdr), taken from an image
//! (mGetHdr), given to one (mPutHdr), or standing for another (mTANHdr); and positions in an image
//! (mCoord).

mod celestial_system;
mod get;
mod location;
mod make;
mod position;
mod put;
mod region;
mod table;
mod tangent;

pub use celestial_system::named_frame;
pub use get::{get_header, Form, GetHdrOutcome, GetHdrParams};
pub use make::{make_header, MakeHdrOutcome, MakeHdrParams, Orientation, Pad};
pub use position::{coordinates, CoordOutcome, CoordParams, Place};
pub use put::{put_header, PutHdrOutcome, PutHdrParams};
pub use region::{header_of_region, Band, HdrOutcome, HdrParams};
pub use tangent::{stand_in, tangent_header, FitPoints, TanHdrOutcome, TanHdrParams};

#[cfg(test)]
mod tests;
