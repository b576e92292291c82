//! mProjectQL.

use std::path::Path;
use std::time::Instant;

use crate::error::{About, Result};
use crate::kernel::reproject::interpolate::Interpolation;
use crate::run::Run;
use crate::stream::reproject::quick_look::{QuickLook, PIXELS_KEPT};
use crate::task::reproject::input::{InputFile, InputParams};
use crate::task::reproject::reprojected::{tell_part, Reprojected};
use crate::task::reproject::target::Target;
use crate::task::reproject::ProjectOutcome;
use sky::Window;

/// What mProjectQL takes.
#[derive(Debug, Clone, Copy)]
pub struct QuickLookParams<'a> {
    /// The image that is reprojected.
    pub input: InputParams<'a>,
    /// The result, with or without ".fits"; its areas go to `x_area.fits` beside it.
    pub output: &'a Path,
    /// Header template of the region, scale and projection.
    pub template: &'a Path,
    /// How values between pixels are found.
    pub interpolation: Interpolation,
    /// Enlarge the template so that the whole input fits.
    pub expand: bool,
    /// Write all of the template, not only what the input covers.
    pub full_region: bool,
    /// Write no area image. One that is there from an earlier image is removed.
    pub no_areas: bool,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// Reprojects an image by interpolation (Montage 6.0: mProjectQL): every output pixel takes the
/// value of the input where its centre lies. Any projection to any other; flux is not kept.
///
/// The area image has the weight (1 without weights) of the input pixel under each output pixel,
/// NaN off the input.
///
/// # Errors
/// When an input or the template cannot be used, nothing of the image falls on the template, or an
/// output cannot be written. Earlier outputs are then left as they were.
pub fn quick_look(params: &QuickLookParams, run: &Run) -> Result<ProjectOutcome> {
    let start = Instant::now();
    let input = InputFile::open(&params.input, params.output, run)?;
    let target = Target::open(params.template, run)?;
    looked_at(params, input, target, run)?.commit()?;
    Ok(ProjectOutcome::since(start, params.debug))
}

/// [`quick_look`] as far as outputs that are not committed yet.
///
/// # Errors
/// As [`quick_look`], but for an image that does not fall on the template.
pub(super) fn looked_at(
    params: &QuickLookParams,
    input: InputFile,
    target: Target,
    run: &Run,
) -> Result<Reprojected> {
    make(params, input, target, PIXELS_KEPT, run).about(params.input.image)
}

fn make(
    params: &QuickLookParams,
    input: InputFile,
    mut target: Target,
    most_kept: usize,
    run: &Run,
) -> Result<Reprojected> {
    let mut input = input.pixels;
    input.selection = input.selection.for_quick_look();
    if params.expand {
        target = target.with_room_for(&input)?;
    }
    let target = target.on_rounded_sky();
    let look = QuickLook {
        input: &input,
        target: &target.wcs,
        whole: target.whole(),
        interpolation: params.interpolation,
        full_region: params.full_region,
        most_kept,
    };
    let create = |part: &Window| {
        tell_part(params.debug, part);
        target.create(params.output, part, !params.no_areas)
    };
    Ok(match look.run(create, run)? {
        Some(images) => Reprojected::images(images, params.output),
        None => Reprojected::off(params.input.image, params.template),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fits::{card, write_image, Header};

    /// An input that is not kept in memory gives the same images, seams and poles included.
    #[test]
    fn an_input_that_is_read_in_parts_gives_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let [input, template] = ["i.fits", "t.hdr"].map(|name| dir.path().join(name));
        let text = |code: &str, crval2: f64, size: (usize, usize), step: f64, turn: f64| {
            format!(
                "SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2\nNAXIS1  = {}\nNAXIS2  = {}\nCTYPE1  = 'RA---{code}'\nCTYPE2  = 'DEC--{code}'\nEQUINOX = 2000\nCRVAL1  = 10.0\nCRVAL2  = {crval2:?}\nCRPIX1  = {:?}\nCRPIX2  = {:?}\nCDELT1  = {:?}\nCDELT2  = {step:?}\nCROTA2  = {turn:?}\nEND\n",
                size.0, size.1, size.0 as f64 / 2.0 + 0.5, size.1 as f64 / 2.0 + 0.5, -step
            )
        };
        let mut header = Header::primary(-64, &[1500, 1200]);
        let lines = text("TAN", 80.0, (1500, 1200), 0.02, 40.0);
        header.merge_template(lines.lines().map(|line| card::parse(line.as_bytes())));
        let pixels: Vec<f64> = (0..1500 * 1200).map(|k| f64::from(k % 9973)).collect();
        write_image(&input, &header, &pixels).unwrap();
        std::fs::write(&template, text("CAR", 0.0, (720, 360), 0.5, 0.0)).unwrap();
        for interpolation in [Interpolation::Nearest, Interpolation::Lanczos] {
            let bytes = [0, PIXELS_KEPT].map(|kept| {
                let params = QuickLookParams {
                    input: InputParams {
                        image: &input,
                        hdu: 0,
                        weight_file: None,
                        fixed_weight: 0.0,
                        threshold: 0.0,
                        border: "3",
                        flux_scale: 0.0,
                    },
                    output: &dir.path().join("o.fits"),
                    template: &template,
                    interpolation,
                    expand: false,
                    full_region: false,
                    no_areas: false,
                    debug: 0,
                };
                let input = InputFile::open(&params.input, params.output, &Run::new(1)).unwrap();
                let target = Target::open(params.template, &Run::new(1)).unwrap();
                let made = make(&params, input, target, kept, &Run::new(2));
                made.unwrap().commit().unwrap();
                ["o.fits", "o_area.fits"].map(|name| std::fs::read(dir.path().join(name)).unwrap())
            });
            assert!(bytes[0] == bytes[1], "{interpolation:?}");
        }
    }
}
