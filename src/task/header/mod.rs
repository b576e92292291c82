//! Header templates: made for a table of images (mMakeHdr), taken from an image (mGetHdr) and given
//! to one (mPutHdr).

mod csys;
mod get;
mod make;
mod table;

pub use csys::named_frame;
pub use get::{get_header, Form, GetHdr, GetHdrOutcome};
pub use make::{make_header, MakeHdr, MakeHdrOutcome, Note};

#[cfg(test)]
mod tests;
