//! make_wideband_image: images of a broad bandpass from MUSE cubes.

use std::io::Write;
use std::path::Path;

use clap::{ArgMatches, Command};
use montage::io::filter_curve::FilterCurve;
use montage::kernel::photometry::bandpass::Interpolation;
use montage::run::{say, Run};
use montage::task::photometry::bandpass::{
    bandpass_image, output_name, BandpassParams, DEFAULT_WAVE_UNIT,
};

use crate::imphot::{file, files, flag, option, path, paths, text, Failure, Imphot};

/// Writes <prefix>_<cube, with "image" in place of "cube"> for every cube.
pub const MAKE_WIDEBAND_IMAGE: Imphot = Imphot {
    name: "make_wideband_image",
    arguments,
    run,
};

fn arguments(command: Command) -> Command {
    command
        .about(
            "Makes the images that a camera with a given filter would have taken of MUSE cubes: \
             the planes of a cube, weighted by the filter curve.",
        )
        .arg(option(
            "prefix",
            "output-prefix",
            "What the names of the output files begin with: <prefix>_<input_name>, where the first \
             \"datacube\" or \"cube\" in the name of the cube is replaced with \"image\"; otherwise \
             the name of the filter file up to its first dot",
        ))
        .arg(flag(
            "quiet",
            "Suppress the messages that report each step as it is performed",
        ))
        .arg(option(
            "wave_units",
            "wavelength-units",
            "The unit of the wavelengths of the filter curve: angstrom (the default), nm, um, m, \
             ..., or pixel, planes of the cube counted from 0",
        ))
        .arg(
            option(
                "nprocess",
                "number-of-processes",
                "How many threads to use: 0 (the default) for all cores, -n for all but n",
            )
            .allow_negative_numbers(true),
        )
        .arg(option(
            "interpolation",
            "linear|cubic",
            "How the filter curve runs between its points: along straight lines (the default), or \
             as a cubic spline",
        ))
        .arg(file(
            "filter_curve",
            "The filter curve: a text file of two columns, wavelengths and sensitivities, of which \
             only the ratios matter",
        ))
        .arg(files("muse_cubes", "MUSE cubes"))
}

fn run(matches: &ArgMatches, run: &Run) -> Result<(), Failure> {
    let quiet = matches.get_flag("quiet");
    let report = |step: String| {
        if !quiet {
            say(format_args!("{step}"));
        }
    };
    let interpolation = match text(matches, "interpolation") {
        None | Some("linear") => Interpolation::Linear,
        Some("cubic") => Interpolation::Cubic,
        Some(other) => {
            let why = format!("--interpolation is linear or cubic, not {other}");
            return Err(Failure(why));
        }
    };
    let run = run.with_threads_at_most(threads(text(matches, "nprocess"), run.threads())?);

    let filter = path(matches, "filter_curve");
    report(format!("Reading filter: {}", filter.display()));
    let curve = FilterCurve::open(&filter)?;
    for cube in paths(matches, "muse_cubes") {
        report(format!("Reading cube: {}", cube.display()));
        let output = output_name(&cube, &filter, text(matches, "prefix").map(Path::new));
        report("Computing the output image.".into());
        let outcome = bandpass_image(
            &BandpassParams {
                cube: &cube,
                curve: &curve,
                wave_unit: text(matches, "wave_units").unwrap_or(DEFAULT_WAVE_UNIT),
                interpolation,
                output: &output,
            },
            &run,
        )?;
        if !outcome.warning.is_empty() {
            let _ = writeln!(std::io::stderr(), "[WARNING] {}", outcome.warning);
        }
        report(format!("Writing image to: {}", output.display()));
    }
    Ok(())
}

/// The number of threads that --nprocess means where there are `cores`.
fn threads(given: Option<&str>, cores: usize) -> Result<usize, Failure> {
    let Some(given) = given else {
        return Ok(cores);
    };
    let number: i64 = given
        .trim()
        .parse()
        .map_err(|_| Failure(format!("--nprocess is a whole number, not {given}")))?;
    Ok(match number {
        1.. => usize::try_from(number).unwrap_or(usize::MAX),
        _ => cores.saturating_sub(number.unsigned_abs() as usize).max(1),
    })
}
