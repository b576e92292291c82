//! What a row of an image table cannot say about its projection: taken from the image, or worked
//! as Montage does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::shown;
use crate::io::ipac_table::{Row, Table};
use crate::io::paths;
use crate::run::Shared;
use fits::{read_header, Header};
use sky::Keywords;

/// Projections that have parameters (PVi_m).
const WITH_PARAMETERS: [&str; 13] = [
    "AZP", "SZP", "SIN", "ZPN", "AIR", "CYP", "CEA", "COP", "COE", "COD", "COO", "BON", "HPX",
];

/// Projections with a distortion that other keywords describe.
const DISTORTED: [&str; 4] = ["TPV", "TNX", "ZPX", "DSS"];

/// What Montage takes a projection for that needs parameters and has none.
const WITHOUT_PARAMETERS: [(&str, &str); 2] = [("ZPN", "ARC"), ("BON", "SFL")];

/// How the keywords begin that a row lacks.
const LACKING: [&str; 9] = [
    "PV", "PROJP", "LONPOLE", "LATPOLE", "A_", "B_", "AP_", "BP_", "WAT",
];

/// Where the images of a table are, to complete its rows.
pub struct Completion {
    table: PathBuf,
    folders: Vec<PathBuf>,
    name: Option<usize>,
    hdu: Option<usize>,
    shared: Arc<Shared>,
}

impl Completion {
    /// For the rows of `table`, whose images are looked for in its folder.
    pub fn of(table: &Table) -> Self {
        let folder = table.path().parent().unwrap_or(Path::new(""));
        Completion {
            table: table.path().to_owned(),
            folders: vec![folder.to_owned()],
            name: table.column("fname").or_else(|| table.column("file")),
            hdu: table.column("hdu"),
            shared: Arc::default(),
        }
    }

    /// The same, looking in `folder` first.
    pub fn look_in(&mut self, folder: &Path) {
        self.folders.insert(0, folder.to_owned());
    }

    /// The same, adding its warnings to those of a call.
    pub fn warn_to(&mut self, shared: &Arc<Shared>) {
        self.shared = Arc::clone(shared);
    }

    /// The keywords `own` of a row, completed: a projection with parameters or a distortion takes
    /// them from the image, where it is found and has the same projection. Where it is not, ZPN
    /// is worked as ARC and BON as SFL, as Montage does, with a warning; what else has no
    /// parameters has the standard's defaults.
    pub fn complete<'a>(&self, row: &Row, own: &'a dyn Keywords) -> Completed<'a> {
        let mut completed = Completed {
            own,
            image: None,
            whole: false,
            replaced: None,
        };
        let ctype = own.text("CTYPE1").unwrap_or_default();
        if !lacks(&ctype) {
            return completed;
        }
        let (code, suffix) = code_and_suffix(&ctype);
        completed.image = self.image(row, &code, &suffix);
        completed.whole = code == "DSS" && completed.image.is_some();
        if completed.image.is_some() || own.may_have("PV") {
            return completed;
        }
        if let Some(&(_, other)) = WITHOUT_PARAMETERS.iter().find(|(name, _)| *name == code) {
            self.shared.warnings().add(format!(
                "{}: images in the projection {code} are not found, and the table does not have its parameters (PVi_m): taken for {other}",
                shown(&self.table)
            ));
            completed.replaced = Some((code, other));
        }
        completed
    }

    /// The header of a row's image, where it is found and has this projection.
    fn image(&self, row: &Row, code: &str, suffix: &str) -> Option<Header> {
        let name = row.text(self.name?);
        if name.is_empty() {
            return None;
        }
        let hdu = match self.hdu {
            Some(column) => usize::try_from(row.integer(column).ok()?).ok()?,
            None => 0,
        };
        self.folders.iter().find_map(|folder| {
            let path = paths::in_dir(folder, &name);
            let header = read_header(&path, hdu, "Image file").ok()?;
            let same = match header.text("CTYPE1") {
                Some(ctype) => {
                    let (its_code, its_suffix) = code_and_suffix(&ctype);
                    its_code == code && (suffix.is_empty() || its_suffix == suffix)
                }
                // A plate of the Digitized Sky Survey has none.
                None => code == "DSS" && header.text("PLTRAH").is_some(),
            };
            same.then_some(header)
        })
    }
}

/// Whether a projection needs more than the columns of a table.
fn lacks(ctype: &str) -> bool {
    let rest = ctype.split_once('-').map_or("", |(_, rest)| rest);
    let rest = rest.trim_matches(['-', ' ']);
    let special = || WITH_PARAMETERS.iter().chain(&DISTORTED);
    rest.len() != 3 || special().any(|code| rest.eq_ignore_ascii_case(code))
}

/// The projection and the distortion of a CTYPE: ("TAN", "SIP") of "RA---TAN-SIP".
fn code_and_suffix(ctype: &str) -> (String, String) {
    let upper = ctype.trim().to_ascii_uppercase();
    let rest = upper.split_once('-').map_or("", |(_, rest)| rest);
    let rest = rest.trim_start_matches('-');
    let (code, suffix) = rest.split_at_checked(3).unwrap_or((rest, ""));
    (code.to_owned(), suffix.trim_matches(['-', ' ']).to_owned())
}

/// The keywords of a row with those of its image.
pub struct Completed<'a> {
    own: &'a dyn Keywords,
    image: Option<Header>,
    /// The image's alone: a plate solution.
    whole: bool,
    /// The projection that is worked as another.
    replaced: Option<(String, &'static str)>,
}

impl Completed<'_> {
    /// Whether these are the row's own keywords.
    pub fn is_the_row(&self) -> bool {
        self.image.is_none() && self.replaced.is_none()
    }

    /// The image, where `key` is one of the keywords that come from it.
    fn of_image(&self, key: &str) -> Option<&Header> {
        let lacking = || LACKING.iter().any(|start| key.starts_with(start));
        self.image.as_ref().filter(|_| self.whole || lacking())
    }

    fn find<T>(&self, key: &str, get: impl Fn(&dyn Keywords) -> Option<T>) -> Option<T> {
        let of_image = self.of_image(key).and_then(|image| get(image));
        match self.whole {
            true => of_image,
            false => get(self.own).or(of_image),
        }
    }
}

impl Keywords for Completed<'_> {
    fn real(&self, key: &str) -> Option<f64> {
        self.find(key, |keywords| keywords.real(key))
    }

    fn integer(&self, key: &str) -> Option<i64> {
        self.find(key, |keywords| keywords.integer(key))
    }

    fn text(&self, key: &str) -> Option<String> {
        let text = self.find(key, |keywords| keywords.text(key))?;
        Some(match &self.replaced {
            Some((code, other)) if key.starts_with("CTYPE") => {
                text.to_ascii_uppercase().replace(code.as_str(), other)
            }
            _ => text,
        })
    }

    fn may_have(&self, prefix: &str) -> bool {
        let image = self.image.as_ref();
        self.own.may_have(prefix) || image.is_some_and(|image| image.may_have(prefix))
    }
}
