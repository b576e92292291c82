//! regrid_hst_to_muse: HST images on the pixels and in the unit of a MUSE image.

use clap::{ArgMatches, Command};
use imphot::muse::{MuseImage, SaveMask};
use imphot::task::field::{name_of, PixelsOnSky};
use imphot::task::filter::HstFilter;
use imphot::task::regrid::{output_name, regrid_like};
use imphot::task::rescale::rescale_like;
use mosaic::run::{say, Run};

use crate::photometry_program::{
    file, files, flag, option, path, paths, text, typed, Failure, Imphot,
};

/// Writes hst_<filter>_for_<field>.fits for every HST image.
pub const REGRID_HST_TO_MUSE: Imphot = Imphot {
    name: "regrid_hst_to_muse",
    arguments,
    run,
};

fn arguments(command: Command) -> Command {
    command
        .about(
            "Resamples HST images onto the pixels of a MUSE image or cube, and scales their \
             fluxes from electrons/s to its unit.",
        )
        .arg(flag(
            "quiet",
            "Suppress the messages that report each step as it is performed",
        ))
        .arg(option(
            "field",
            "name",
            "A name for the output files, hst_<filter>_for_<name>.fits, instead of that of the \
             MUSE file without its .fits",
        ))
        .arg(
            typed(
                "filter",
                "name",
                filter as fn(&str) -> _,
                "The filter of the HST images (F606W), where their headers have no FILTER keyword, \
                 or a number in its place",
            )
            .num_args(0..=1)
            .default_missing_value(""),
        )
        .arg(file(
            "muse_image",
            "A MUSE image or MUSE cube in FITS format, whose pixels are wanted",
        ))
        .arg(files("hst_images", "HST images with 30mas pixels"))
}

/// The value of --filter; none counts as not given.
fn filter(name: &str) -> Result<String, String> {
    if !name.is_empty() {
        HstFilter::named(name, "filter").map_err(|why| why.to_string())?;
    }
    Ok(name.to_owned())
}

fn run(matches: &ArgMatches, run: &Run) -> Result<(), Failure> {
    let quiet = matches.get_flag("quiet");
    let report = |step: String| {
        if !quiet {
            say(format_args!("{step}"));
        }
    };
    let unreadable = |why| Failure(format!("Error reading: {why}"));

    let muse = path(matches, "muse_image");
    report(format!("Reading MUSE image: {}", muse.display()));
    let grid = PixelsOnSky::open(&muse, "MUSE image", run.warnings()).map_err(unreadable)?;
    for hst in paths(matches, "hst_images") {
        report(format!("Reading HST image: {}", hst.display()));
        let image = MuseImage::read_any(&hst, "HST image").map_err(unreadable)?;
        let filter = HstFilter::of_image(&image, text(matches, "filter"))?;
        report("Resampling the HST image onto the MUSE pixel grid.".into());
        let mut image = regrid_like(image, &grid, run)?;
        report("Changing the flux units of the HST image to match the MUSE image".into());
        rescale_like(&mut image, &filter, grid.unit.as_deref(), &muse)?;
        let field = text(matches, "field").map_or_else(|| name_of(&muse), str::to_owned);
        let output = output_name(&filter, &field);
        report(format!("Writing the output file: {}", output.display()));
        image.write(&output, SaveMask::Dq)?;
    }
    Ok(())
}
