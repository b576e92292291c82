//! The results of a photometry fit, and how imphot prints them: one line of a table, and the long
//! report of lmfit 1.3.4.

use crate::numerics::least_squares::Solution;
use fits::cformat::{exponent, fixed, general};
use mosaic::task::outcome::{Fields, Value};

/// The fitted value of one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// The best-fit value.
    pub value: f64,
    /// Its standard error; 0 for a fixed parameter, NaN where it is not known.
    pub stdev: f64,
    /// Whether the parameter was kept at this value.
    pub fixed: bool,
}

impl Fitted {
    /// Parameter `index` of a solution.
    pub fn of(solution: &Solution, index: usize) -> Self {
        Fitted {
            value: solution.values[index],
            stdev: solution.stdev[index],
            fixed: !solution.parameters[index].vary,
        }
    }
}

/// How an image of MUSE differs from an HST image of the same field.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedPhotometry {
    /// The file name of the MUSE image without its folder and `.fits`.
    pub name: String,
    /// `image` or `stars`.
    pub method: &'static str,
    /// Flux of MUSE / flux of HST.
    pub scale: Fitted,
    /// Background of MUSE - background of HST, in the unit of the MUSE image.
    pub bg: Fitted,
    /// How far features of the HST image had to be moved to higher pixel indexes of the first axis
    /// to lie upon those of the MUSE image, in arcseconds.
    pub dx: Fitted,
    /// The same along the second axis.
    pub dy: Fitted,
    /// The change of right ascension that (dx, dy) makes in the middle of the image, in arcseconds
    /// of the coordinate (not of the sky). Its `stdev` has the sign of that change for a step of
    /// the standard errors of dx and dy, as in imphot.
    pub dra: Fitted,
    /// The change of declination that goes with it, in arcseconds.
    pub ddec: Fitted,
    /// Full width at half maximum of the Moffat profile, in arcseconds.
    pub fwhm: Fitted,
    /// Exponent of the Moffat profile.
    pub beta: Fitted,
    /// Chi-square of the fit by degrees of freedom. The complex pixels of padded transforms are
    /// not independent: it compares fits, it does not judge one.
    pub rchi: f64,
    /// Root of the mean square of the residual pixels, in the unit of the MUSE image.
    pub rms_error: f64,
    /// lmfit's report of the fit.
    pub report: String,
}

impl FittedPhotometry {
    /// The three lines of heading of imphot's table, as wide as the name of this image needs them;
    /// each ends with a line end.
    pub fn summary_header(&self) -> String {
        // Python counts characters too. One is for the '#'; a name of none would leave less than
        // nothing.
        let width = self.name.chars().count().saturating_sub(1);
        format!(
            "#{:<width$} Method  Flux    FWHM    beta     Flux    x-offset  y-offset  \
             ra-offset dec-offset  RMS\n\
             #{:width$}         scale  arcsec           offset    arcsec    arcsec    \
             arcsec    arcsec    error\n\
             #{:-<width$} ------ ------- ------- ------- --------- --------- --------- \
             --------- --------- -------\n",
            " MUSE ID", "", ""
        )
    }

    /// The line of imphot's table, after its three lines of heading if `header` is set. No line
    /// end follows.
    pub fn summary(&self, header: bool) -> String {
        let mut text = match header {
            true => self.summary_header(),
            false => String::new(),
        };
        let blank = |width: usize, digits: usize, value: f64| {
            let number = python(fixed(value, digits));
            let sign = if number.starts_with('-') { "" } else { " " };
            format!("{:>width$}", format!("{sign}{number}"))
        };
        let (seven, nine) = (|v| blank(7, 4, v), |v| blank(9, 5, v));
        text += &format!(
            "{} {:>6} {} {} {} {} {} {} {} {} {:>7}",
            self.name,
            self.method,
            seven(self.scale.value),
            seven(self.fwhm.value),
            seven(self.beta.value),
            nine(self.bg.value),
            nine(self.dx.value),
            nine(self.dy.value),
            nine(self.dra.value),
            nine(self.ddec.value),
            python(fixed(self.rms_error, 4)),
        );
        text
    }

    /// Why these results cannot be used, if they cannot: a value is not finite, or a parameter that
    /// was fitted has no standard error, because the images do not determine it.
    pub(super) fn unusable(&self) -> Option<String> {
        let parameters = [
            ("scale", self.scale),
            ("bg", self.bg),
            ("dx", self.dx),
            ("dy", self.dy),
            ("fwhm", self.fwhm),
            ("beta", self.beta),
        ];
        let values = parameters.map(|(name, fitted)| (name, fitted.value));
        let others = [
            ("dra", self.dra.value),
            ("ddec", self.ddec.value),
            ("rchi", self.rchi),
            ("rms_error", self.rms_error),
        ];
        let not_finite = |(_, value): &&(&str, f64)| !value.is_finite();
        if let Some((name, value)) = values.iter().chain(&others).find(not_finite) {
            return Some(format!(
                "cannot be fitted: {name} comes out as {}",
                python(fixed(*value, 0))
            ));
        }
        let unknown = |(_, fitted): &&(&str, Fitted)| !fitted.fixed && !fitted.stdev.is_finite();
        let (name, fitted) = parameters.iter().find(unknown)?;
        Some(format!(
            "cannot be fitted: nothing determines {name}, which ends at {:e} without a standard error",
            fitted.value
        ))
    }

    /// Name, values and standard errors, for `msg` and `json`.
    pub fn fields(&self) -> Fields {
        let values = [
            (["scale", "scale_stdev"], self.scale),
            (["bg", "bg_stdev"], self.bg),
            (["dx", "dx_stdev"], self.dx),
            (["dy", "dy_stdev"], self.dy),
            (["dra", "dra_stdev"], self.dra),
            (["ddec", "ddec_stdev"], self.ddec),
            (["fwhm", "fwhm_stdev"], self.fwhm),
            (["beta", "beta_stdev"], self.beta),
        ];
        let mut fields = Fields::new()
            .with("name", Value::Text(self.name.clone()))
            .with("method", Value::Text(self.method.to_owned()));
        for ([value, stdev], fitted) in values {
            fields = fields.with(value, fitted.value).with(stdev, fitted.stdev);
        }
        fields
            .with("rchi", self.rchi)
            .with("rms_error", self.rms_error)
    }

    /// The long report under a line that says which fit it is of: what Python prints of a result.
    pub fn titled_report(&self) -> String {
        format!(
            "Report of HST {} photometry fit of MUSE observation {}\n{}",
            self.method, self.name, self.report
        )
    }
}

/// lmfit's report of a fit. `model` is the name of the model's function, `method` that of the
/// method as lmfit calls it.
pub fn fit_report(solution: &Solution, model: &str, method: &str) -> String {
    let (akaike, bayesian) = solution.information_criteria();
    let number = |value: f64| full_width(value).trim().to_owned();
    let mut lines = vec![
        "[[Model]]".to_owned(),
        format!("    Model({model})"),
        "[[Fit Statistics]]".to_owned(),
        format!("    # fitting method   = {method}"),
        format!("    # function evals   = {}", solution.evaluations),
        format!("    # data points      = {}", solution.points),
        format!("    # variables        = {}", solution.variables()),
        format!("    chi-square         = {}", number(solution.chi_square)),
        format!(
            "    reduced chi-square = {}",
            number(solution.reduced_chi_square())
        ),
        format!("    Akaike info crit   = {}", number(akaike)),
        format!("    Bayesian info crit = {}", number(bayesian)),
        format!("    R-squared          = {}", number(solution.r_squared())),
    ];
    let longest = solution.parameters.iter().map(|p| p.name.len()).max();
    let width = longest.unwrap_or(0) + 1;
    let named = |name: &str| format!("{:<width$}", format!("{name}:"));
    if !solution.has_errors() {
        lines.push("##  Warning: uncertainties could not be estimated:".to_owned());
        let fitted = solution.parameters.iter().zip(&solution.values);
        for (parameter, &value) in fitted.filter(|(p, _)| p.vary) {
            let name = named(parameter.name);
            if parameter.start != 0.0 && close(value, parameter.start) {
                lines.push(format!("    {name}  at initial value"));
            }
            let (min, max) = parameter.bounds;
            if close(value, min) || close(value, max) {
                lines.push(format!("    {name}  at boundary"));
            }
        }
    }
    lines.push("[[Variables]]".to_owned());
    let values = solution.parameters.iter().zip(&solution.values);
    for ((parameter, &value), &stdev) in values.zip(&solution.stdev) {
        let name = named(parameter.name);
        let start = python(general(parameter.start, 7));
        if !parameter.vary {
            let sign = if value < 0.0 { "" } else { " " };
            let value = python(general(value, 7));
            lines.push(format!("    {name} {sign}{value} (fixed)"));
            continue;
        }
        let mut text = full_width(value);
        if !stdev.is_nan() {
            let percent = if value == 0.0 {
                String::new()
            } else {
                format!("({}%)", python(fixed((stdev / value).abs() * 100.0, 2)))
            };
            text += &format!(" +/-{} {percent}", full_width(stdev));
        }
        lines.push(format!("    {name} {text} (init = {start})"));
    }
    lines.extend(correlations(solution));
    lines.join("\n")
}

/// Correlations that are weaker than this are left out.
const WEAKEST: f64 = 0.1;

fn correlations(solution: &Solution) -> Vec<String> {
    let fitted: Vec<usize> = (0..solution.parameters.len())
        .filter(|&i| solution.parameters[i].vary)
        .collect();
    let mut found = Vec::new();
    for (at, &i) in fitted.iter().enumerate() {
        for &j in &fitted[at + 1..] {
            let correlation = solution.correlation(i, j);
            if correlation.abs() > WEAKEST {
                let (a, b) = (&solution.parameters[i], &solution.parameters[j]);
                found.push((format!("{}, {}", a.name, b.name), correlation));
            }
        }
    }
    // The strongest first; of equals the later first.
    found.reverse();
    found.sort_by(|(_, a), (_, b)| b.abs().total_cmp(&a.abs()));
    let Some(width) = found.iter().map(|(names, _)| names.len() + 1).max() else {
        return Vec::new();
    };
    let head = "[[Correlations]] (unreported correlations are < 0.100)".to_owned();
    let lines = found.iter().map(|(names, correlation)| {
        let names = format!("{names})");
        format!("    C({names:<width$} = {correlation:+.4}")
    });
    std::iter::once(head).chain(lines).collect()
}

/// A number in eleven characters with as many digits as fit, as lmfit shows its numbers: a leading
/// blank where there is no sign, an exponent only where it saves digits.
fn full_width(value: f64) -> String {
    // The exponent towards zero: 0.05 has -1, as 0.5 has 0.
    let power = value.abs().log10();
    let power = if power.is_finite() { power as i32 } else { 0 };
    let text = if power.abs() > 99 {
        exponent(value, 3)
    } else if (power > 0 && power < 8) || (power <= 0 && -power < 3) {
        fixed(value, (8 - power.max(0)) as usize)
    } else {
        exponent(value, 4)
    };
    format!("{:>11}", python(text))
}

/// numpy's `allclose` with its own tolerances.
fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-8 + 1e-5 * b.abs() && b.is_finite()
}

/// Python prints the sign of no NaN.
fn python(number: String) -> String {
    if number == "-nan" {
        "nan".to_owned()
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::least_squares::tests::decay;
    use crate::numerics::least_squares::{fit, Parameter};

    fn fitted(value: f64) -> Fitted {
        Fitted {
            value,
            stdev: 0.1,
            fixed: false,
        }
    }

    fn photometry() -> FittedPhotometry {
        FittedPhotometry {
            name: "muse_hdfs".to_owned(),
            method: "image",
            scale: fitted(18.102245657571693),
            bg: fitted(0.016673641974780842),
            dx: fitted(-0.012564383369502474),
            dy: fitted(0.09815154217302675),
            dra: fitted(0.025564356241375208),
            ddec: fitted(0.09815161622827873),
            fwhm: fitted(0.7933008152570141),
            beta: fitted(14.54231315362689),
            rchi: 8.876048354733978,
            rms_error: 0.04220794186936926,
            report: "a report".to_owned(),
        }
    }

    #[test]
    fn a_summary_is_imphots() {
        // imphot's own lines for the HDF-S pair.
        let expected = "\
# MUSE ID Method  Flux    FWHM    beta     Flux    x-offset  y-offset  ra-offset dec-offset  RMS
#                 scale  arcsec           offset    arcsec    arcsec    arcsec    arcsec    error
#-------- ------ ------- ------- ------- --------- --------- --------- --------- --------- -------
muse_hdfs  image  18.1022  0.7933  14.5423   0.01667  -0.01256   0.09815   0.02556   0.09815  0.0422";
        assert_eq!(photometry().summary(true), expected);
        let last = expected.lines().last().unwrap();
        assert_eq!(photometry().summary(false), last);
        let mut unknown = photometry();
        unknown.name = String::new();
        unknown.dx.value = -f64::NAN;
        let line = "  image  18.1022  0.7933  14.5423   0.01667       nan   0.09815";
        assert!(
            unknown.summary(true).contains(line),
            "{}",
            unknown.summary(true)
        );
        assert_eq!(
            photometry().titled_report(),
            "Report of HST image photometry fit of MUSE observation muse_hdfs\na report"
        );
    }

    #[test]
    fn a_report_is_lmfits() {
        let mut parameters = [
            Parameter::free("amp", 3.0),
            Parameter::within("tau", 1.0, 0.1, 50.0),
            Parameter::free("off", 0.0),
        ];
        let mut solution = fit(&mut decay(), &parameters).unwrap();
        solution.evaluations = 20;
        // lmfit 1.3.4 on the same numbers.
        let expected = "\
[[Model]]
    Model(f)
[[Fit Statistics]]
    # fitting method   = least_squares
    # function evals   = 20
    # data points      = 41
    # variables        = 3
    chi-square         = 0.06914853
    reduced chi-square = 0.00181970
    Akaike info crit   = -255.787892
    Bayesian info crit = -250.647176
    R-squared          = 0.99900371
[[Variables]]
    amp:  5.00066590 +/- 0.02710384 (0.54%) (init = 3)
    tau:  1.99421286 +/- 0.02412335 (1.21%) (init = 1)
    off:  1.00334851 +/- 0.01273449 (1.27%) (init = 0)
[[Correlations]] (unreported correlations are < 0.100)
    C(tau, off) = -0.7449
    C(amp, tau) = -0.3265
    C(amp, off) = -0.1480";
        assert_eq!(fit_report(&solution, "f", "least_squares"), expected);

        parameters[2] = Parameter::fixed("off", 0.0);
        let solution = fit(&mut decay(), &parameters).unwrap();
        let report = fit_report(&solution, "f", "least_squares");
        assert!(report.contains("\n    off:  0 (fixed)\n"), "{report}");
        assert!(report.ends_with("\n    C(amp, tau) = -0.7052"), "{report}");
    }

    #[test]
    fn a_report_says_which_parameters_hinder_the_errors() {
        let parameters = [
            Parameter::free("amp", 3.0),
            Parameter::within("tau", 1.0, 0.1, 50.0),
            Parameter::free("off", 0.0),
        ];
        let mut solution = fit(&mut decay(), &parameters).unwrap();
        solution.covariance = None;
        solution.stdev = vec![f64::NAN; 3];
        solution.values = vec![3.0, 50.0, 0.5];
        let report = fit_report(&solution, "f", "least_squares");
        let expected = "\
##  Warning: uncertainties could not be estimated:
    amp:  at initial value
    tau:  at boundary
[[Variables]]
    amp:  3.00000000 (init = 3)
    tau:  50.0000000 (init = 1)
    off:  0.50000000 (init = 0)";
        assert!(report.ends_with(expected), "{report}");
    }

    #[test]
    fn numbers_are_shown_as_lmfit_shows_them() {
        // lmfit.printfuncs.gformat of the same numbers.
        for (value, expected) in [
            (0.0, " 0.00000000"),
            (18.1022457, " 18.1022457"),
            (-0.01256438, "-0.01256438"),
            (3.2504e-4, " 3.2504e-04"),
            (0.0011325, " 0.00113250"),
            (147_644.188_2, " 147644.188"),
            (123_456_789.5, " 1.2346e+08"),
            (12_345_678.5, " 12345678.5"),
            (2.3962e8, " 2.3962e+08"),
            (1e-123, " 1.000e-123"),
            (-1.5e200, "-1.500e+200"),
            (f64::NAN, "        nan"),
            (f64::INFINITY, "        inf"),
        ] {
            assert_eq!(full_width(value), expected);
        }
    }
}
