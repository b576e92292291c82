//! fit_photometry: MUSE images judged against an HST image of their field.

use std::io::Write;
use std::path::Path;

use clap::builder::PathBufValueParser;
use clap::{value_parser, Arg, ArgAction, ArgMatches, Command};
use imphot::kernel::image_fit::FitOptions;
use imphot::task::fit_both::{fit_image_and_star, FitImageAndStarParams};
use imphot::task::fit_image::{fit_image, ExtraMask, FitImageOptions, FitImageParams, Regions};
use imphot::task::fit_images::{fit_images_each, FitImagesParams, FittedImage};
use imphot::task::hardcopy::Hardcopy;
use imphot::task::region_mask::RegionSource;
use imphot::task::star::Star;
use mosaic::run::{say, Run};

use crate::photometry_program::{
    file, files, flag, path, paths, real, text, typed, whole, Failure, Imphot,
};

/// Prints a table of the fits, a line for each image, and one for the star in it.
pub const FIT_PHOTOMETRY: Imphot = Imphot {
    name: "fit_photometry",
    arguments,
    run,
};

fn arguments(command: Command) -> Command {
    let number = |name, value, help| typed(name, value, real as fn(&str) -> _, help);
    // A number, or "none".
    let fixed = |name, value, help| typed(name, value, number_or_none as fn(&str) -> _, help);
    let text = |name, value, help| typed(name, value, value_parser!(String), help);
    command
        .about(
            "Fits the point-spread function, flux scale, background and pointing offset of MUSE \
             images, judged against an HST image on the same pixels.",
        )
        .arg(text(
            "regions",
            "file-star-notstar-or-none",
            "Where to fit the image: none (everywhere), star or notstar (inside or outside the \
             circle of --star), or a ds9 region file [default: star]",
        ))
        .arg(
            Arg::new("star")
                .long("star")
                .num_args(3)
                .value_names(["ra", "dec", "radius"])
                .value_parser(real as fn(&str) -> _)
                .allow_hyphen_values(true)
                .action(ArgAction::Set)
                .overrides_with("star")
                .help(
                    "Fit the star at this place too: right ascension and declination (degrees), and \
                     the radius of the pixels that are fitted (arcsec)",
                ),
        )
        .arg(flag(
            "segment",
            "Leave out what is fainter than the median of the morphologically opened HST image",
        ))
        .arg(fixed(
            "fix_scale",
            "factor",
            "Hold the flux scale, MUSE / HST, at this value [default: none]",
        ))
        .arg(fixed(
            "fix_bg",
            "offset",
            "Hold the background offset, MUSE - HST, at this value [default: none]",
        ))
        .arg(fixed(
            "fix_dx",
            "arcsec",
            "Hold the x offset, MUSE - HST, at this value [default: none]",
        ))
        .arg(fixed(
            "fix_dy",
            "arcsec",
            "Hold the y offset, MUSE - HST, at this value [default: none]",
        ))
        .arg(fixed(
            "fix_fwhm",
            "arcsec",
            "Hold the FWHM of the Moffat PSF at this value [default: none]",
        ))
        .arg(
            fixed(
                "fix_beta",
                "value",
                "Hold the exponent of the Moffat PSF at this value; none: fit it",
            )
            .default_value("2.5"),
        )
        .arg(
            number(
                "hst_fwhm",
                "arcsec",
                "FWHM of a Moffat model of the HST's own PSF",
            )
            .default_value("0.085"),
        )
        .arg(number("hst_beta", "value", "Exponent of that model").default_value("1.6"))
        .arg(
            number(
                "margin",
                "arcsec",
                "Width of the margin of zeros around the images: the larger of the expected offset \
                 and PSF",
            )
            .default_value("2"),
        )
        .arg(flag(
            "save",
            "Write the fitted images and their transforms to six FITS files",
        ))
        .arg(
            typed(
                "taper",
                "pixels",
                whole as fn(&str) -> _,
                "Width of the soft edge of masked areas; below 2: none",
            )
            .default_value("9"),
        )
        .arg(typed(
            "extramask",
            "file",
            PathBufValueParser::new(),
            "A FITS image on the pixels of the MUSE images, 1 where they are masked and 0 elsewhere \
             [default: none]",
        ))
        .arg(flag(
            "display",
            "Is understood, but there is no display here: see --hardcopy",
        ))
        .arg(flag("nowait", "Is understood, see --display"))
        .arg(typed(
            "hardcopy",
            "format-or-none",
            format_or_none as fn(&str) -> _,
            "Draw the fits to <name>_image_fit.<format> and <name>_star_fit.<format>: png, jpg, svg, \
             pdf or eps [default: none]",
        ))
        .arg(text(
            "title",
            "text",
            "A title of the drawings; none: the image's name; empty: no title",
        ))
        .arg(flag(
            "apply",
            "Write the corrected MUSE image to <name>_aligned.fits",
        ))
        .arg(flag(
            "resample",
            "With --apply, shift the pixels instead of changing CRPIX1 and CRPIX2",
        ))
        .arg(flag("verbose", "Print the report of every fit too"))
        .arg(file(
            "hst_image",
            "The HST image, on the pixels of the MUSE images (see regrid_hst_to_muse)",
        ))
        .arg(files("muse_images", "MUSE images of one field and band"))
}

/// The value of a --fix option.
fn number_or_none(text: &str) -> Result<Option<f64>, String> {
    match text.to_lowercase().as_str() {
        "none" | "" => Ok(None),
        _ => real(text)
            .map(Some)
            .map_err(|_| format!("'{text}' is neither a number nor none")),
    }
}

/// The value of --hardcopy.
fn format_or_none(text: &str) -> Result<String, String> {
    match Hardcopy::of(text, None) {
        Ok(_) => Ok(text.to_owned()),
        Err(why) => Err(why.to_string()),
    }
}

fn run(matches: &ArgMatches, run: &Run) -> Result<(), Failure> {
    let number = |name: &str| matches.get_one::<f64>(name).copied().unwrap_or_default();
    let fixed = |name: &str| matches.get_one::<Option<f64>>(name).copied().flatten();
    let mask = matches.get_one::<std::path::PathBuf>("extramask");
    let mask = mask.filter(|path| !["", "none"].iter().any(|none| path.as_os_str() == *none));
    let star = matches.get_many::<f64>("star").map(|three| {
        let three: Vec<f64> = three.copied().collect();
        Star {
            ra: three[0],
            dec: three[1],
            radius: three[2],
        }
    });
    let options = FitImageOptions {
        regions: match text(matches, "regions") {
            None if matches.contains_id("regions") => Regions::None,
            None | Some("star") => Regions::Star,
            Some("notstar") => Regions::NotStar,
            Some("none") => Regions::None,
            Some(path) => Regions::Of(RegionSource::File(Path::new(path))),
        },
        star,
        fit: FitOptions {
            fix_scale: fixed("fix_scale"),
            fix_bg: fixed("fix_bg"),
            fix_dx: fixed("fix_dx"),
            fix_dy: fixed("fix_dy"),
            fix_fwhm: fixed("fix_fwhm"),
            fix_beta: fixed("fix_beta"),
            hst_fwhm: number("hst_fwhm"),
            hst_beta: number("hst_beta"),
            margin: number("margin"),
            taper: matches.get_one("taper").copied().unwrap_or_default(),
            ..FitOptions::default()
        },
        segment: matches.get_flag("segment"),
        extramask: mask.map_or(ExtraMask::None, |path| ExtraMask::File(path)),
        hardcopy: Hardcopy::of(
            text(matches, "hardcopy").unwrap_or_default(),
            matches.get_one::<String>("title").map(String::as_str),
        )?,
        save: matches.get_flag("save"),
        apply: matches.get_flag("apply"),
        resample: matches.get_flag("resample"),
        ..FitImageOptions::default()
    };
    if matches.get_flag("display") {
        say(format_args!("There is no display here: see --hardcopy"));
    }
    let hst = path(matches, "hst_image");
    let muse = paths(matches, "muse_images");
    let mut table = Table {
        verbose: matches.get_flag("verbose"),
        begun: false,
    };
    if let [muse] = &muse[..] {
        table.add(&fit_alone(&hst, muse, options, run)?);
        return Ok(());
    }
    let mut failures = false;
    fit_images_each(
        &FitImagesParams {
            hst: &hst,
            muse: &muse,
            stars: options.star.is_some(),
            options,
        },
        run,
        &mut |_, result| {
            match result {
                Ok(fit) => table.add(fit),
                Err(why) => {
                    failures = true;
                    let _ = writeln!(std::io::stderr(), "{why}");
                }
            }
            Ok(())
        },
    )?;
    match failures {
        false => Ok(()),
        // They have been printed.
        true => Err(Failure(String::new())),
    }
}

/// The fit of a single image, which has all threads.
fn fit_alone(
    hst: &Path,
    muse: &Path,
    options: FitImageOptions,
    run: &Run,
) -> Result<FittedImage, Failure> {
    if options.star.is_none() {
        let found = fit_image(&FitImageParams { hst, muse, options }, run)?;
        return Ok(FittedImage {
            image: found.photometry,
            star: None,
        });
    }
    let found = fit_image_and_star(&FitImageAndStarParams { hst, muse, options }, run)?;
    Ok(FittedImage {
        image: found.image.photometry,
        star: Some(found.star),
    })
}

/// What is printed.
struct Table {
    verbose: bool,
    /// Whether the heading is there.
    begun: bool,
}

impl Table {
    fn add(&mut self, fit: &FittedImage) {
        let star = fit.star.as_ref().map(|star| &star.photometry);
        for fit in std::iter::once(&fit.image).chain(star) {
            if self.verbose {
                say(format_args!("{}", fit.titled_report()));
            }
            say(format_args!("{}", fit.summary(!self.begun)));
            self.begun = true;
        }
    }
}
