//! make_wideband_image: images of a broad bandpass from MUSE cubes.

use std::io::Write;
use std::path::Path;

use clap::builder::PossibleValuesParser;
use clap::{ArgMatches, Command};
use imphot::filter_curve::FilterCurve;
use imphot::kernel::bandpass::Interpolation;
use imphot::task::bandpass::{
    bandpass_image, check_wave_unit, output_name, BandpassParams, DEFAULT_WAVE_UNIT, PIXEL,
};
use mosaic::run::{say, Run};

use crate::photometry_program::{
    file, files, flag, option, path, paths, text, typed, whole, Failure, Imphot,
};

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
        .arg(
            typed(
                "wave_units",
                "wavelength-units",
                unit as fn(&str) -> _,
                "The unit of the wavelengths of the filter curve: angstrom (the default), nm, um, m, \
                 ..., or pixel, planes of the cube counted from 0, which is meant by no value too",
            )
            .num_args(0..=1)
            .default_missing_value(""),
        )
        .arg(
            typed(
                "nprocess",
                "number-of-processes",
                whole_or_nothing as fn(&str) -> _,
                "How many threads to use: 0 (the default) for all cores, -n for all but n",
            )
            .num_args(0..=1)
            .default_missing_value(""),
        )
        .arg(
            typed(
                "interpolation",
                "linear|cubic",
                PossibleValuesParser::new(["linear", "cubic"]),
                "How the filter curve runs between its points: along straight lines (the default), \
                 or as a cubic spline",
            ),
        )
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
        Some(_) => Interpolation::Cubic,
    };
    let threads = matches.get_one::<i32>("nprocess").copied();
    let run = run.with_threads_at_most(threads_of(threads.unwrap_or(0), run.threads()));
    let wave_unit = match matches.get_one::<String>("wave_units").map(String::as_str) {
        None => DEFAULT_WAVE_UNIT,
        Some("") => PIXEL,
        Some(unit) => unit,
    };

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
                wave_unit,
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

/// The value of --nprocess; none counts as not given.
fn whole_or_nothing(text: &str) -> Result<i32, String> {
    match text {
        "" => Ok(0),
        _ => whole(text),
    }
}

/// The value of --wave_units.
fn unit(text: &str) -> Result<String, String> {
    match text {
        "" => Ok(String::new()),
        _ => check_wave_unit(text).map(|()| text.to_owned()),
    }
}

/// The number of threads that --nprocess means where there are `cores`.
fn threads_of(given: i32, cores: usize) -> usize {
    match usize::try_from(given) {
        Ok(count @ 1..) => count,
        _ => cores.saturating_sub(given.unsigned_abs() as usize).max(1),
    }
}
