//! Distinct names for the outputs of a table whose images have equal names in several folders.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::error::Result;
use fits::names::FitsName;

use crate::io::paths::base_name;

/// One image of a table, for the name of its output.
pub struct Source<'a> {
    /// Its name in the table, with folders.
    pub name: &'a str,
    /// What stands before the name of the output ("hdu0_").
    pub prefix: String,
}

/// The name of the output of every image: the prefix and the image's name without folders. Where
/// images of different folders would get one name, the folders that tell them apart stand before
/// the name: `x/a.fits` and `y/a.fits` give `x_a.fits` and `y_a.fits`. Where folders do not tell
/// (`a.fit` and `a.fits`), the later ones get a number. Rows that name the same image share a name.
///
/// `file` is the file that is written for a name. The names do not depend on the order of the
/// table, but for those numbers.
///
/// # Errors
/// When memory is out.
pub fn distinct(sources: &[Source], file: impl Fn(&str) -> PathBuf) -> Result<Vec<String>> {
    let folders = memory::collect(sources.iter().map(|source| folders(source.name)))?;
    let identity = |i: usize| {
        let Source { name, prefix } = &sources[i];
        (prefix.as_str(), folders[i].as_slice(), base_name(name))
    };
    let mut depth = memory::zeros::<usize>(sources.len())?;
    let mut names = memory::collect(sources.iter().map(|source| joined(source, &[])))?;
    loop {
        let mut by_file: HashMap<PathBuf, Vec<usize>> = HashMap::new();
        for (i, name) in names.iter().enumerate() {
            memory::reserve_entry(&mut by_file)?;
            memory::push(by_file.entry(file(name)).or_default(), i)?;
        }
        let clash = |rows: &&Vec<usize>| rows.iter().any(|&i| identity(i) != identity(rows[0]));
        let clashing = by_file.values().filter(clash);
        let mut clashing = memory::try_collect(clashing.map(|rows| memory::copy(rows)))?;
        if clashing.is_empty() {
            return Ok(names);
        }
        let mut deeper = false;
        for &i in clashing.iter().flatten() {
            if depth[i] < folders[i].len() {
                depth[i] += 1;
                deeper = true;
                let from = folders[i].len() - depth[i];
                names[i] = joined(&sources[i], &folders[i][from..]);
            }
        }
        if deeper {
            continue;
        }
        // No folder is left: numbers, which no other name has.
        clashing.sort_unstable();
        for rows in clashing {
            let mut taken: Vec<(_, String)> = vec![(identity(rows[0]), names[rows[0]].clone())];
            for &i in &rows[1..] {
                if let Some((_, name)) = taken.iter().find(|(known, _)| *known == identity(i)) {
                    names[i] = name.clone();
                    continue;
                }
                let free = (2..).map(|n| numbered(&names[i], n)).find(|name| {
                    let path = file(name);
                    !by_file.contains_key(&path) && taken.iter().all(|(_, t)| file(t) != path)
                });
                if let Some(name) = free {
                    memory::push(&mut taken, (identity(i), name.clone()))?;
                    names[i] = name;
                }
            }
        }
        return Ok(names);
    }
}

/// The folders of a name, without "." ones.
fn folders(name: &str) -> Vec<&str> {
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let parts = folder.split('/');
    parts
        .filter(|part| !part.is_empty() && *part != ".")
        .collect()
}

fn joined(source: &Source, folders: &[&str]) -> String {
    let base = base_name(source.name);
    // "x_area.fits" would be an image of areas.
    let between = match base.starts_with("area.") {
        true => "-",
        false => "_",
    };
    let mut name = source.prefix.clone();
    for folder in folders {
        name.push_str(folder);
        name.push_str(between);
    }
    name + base
}

/// `a_2.fits` for `a.fits`.
fn numbered(name: &str, number: usize) -> String {
    let end = match FitsName::of(name.as_bytes()) {
        Some(parts) => parts.stem.len(),
        None => name.len(),
    };
    // Endings are ASCII, so this is no middle of a character.
    let (stem, endings) = name.split_at_checked(end).unwrap_or((name, ""));
    format!("{stem}_{number}{endings}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::io::paths::projected_pair;

    fn names(of: &[&str]) -> Vec<String> {
        let sources: Vec<Source> = of
            .iter()
            .map(|&name| Source {
                name,
                prefix: "hdu0_".into(),
            })
            .collect();
        distinct(&sources, |name| projected_pair(Path::new(name)).image).unwrap()
    }

    #[test]
    fn names_that_are_distinct_stay() {
        assert_eq!(
            names(&["x/a.fits", "y/b.fits"]),
            ["hdu0_a.fits", "hdu0_b.fits"]
        );
        // The same image twice.
        assert_eq!(
            names(&["x/a.fits", "./x/a.fits"]),
            ["hdu0_a.fits", "hdu0_a.fits"]
        );
    }

    #[test]
    fn folders_tell_equal_names_apart() {
        assert_eq!(
            names(&["x/a.fits", "y/a.fits"]),
            ["hdu0_x_a.fits", "hdu0_y_a.fits"]
        );
        assert_eq!(
            names(&["a.fits", "y/a.fits"]),
            ["hdu0_a.fits", "hdu0_y_a.fits"]
        );
        assert_eq!(
            names(&["/n1/r/a.fits", "/n2/r/a.fits", "c.fits"]),
            ["hdu0_n1_r_a.fits", "hdu0_n2_r_a.fits", "hdu0_c.fits"]
        );
        // A name that a joined one would take.
        assert_eq!(
            names(&["x/a.fits", "y/a.fits", "z/x_a.fits"]),
            ["hdu0_x_a.fits", "hdu0_y_a.fits", "hdu0_z_x_a.fits"]
        );
        assert_eq!(
            names(&["x/area.fits", "y/area.fits"]),
            ["hdu0_x-area.fits", "hdu0_y-area.fits"]
        );
    }

    #[test]
    fn numbers_tell_apart_what_folders_do_not() {
        assert_eq!(
            names(&["a.fits", "a.fit", "a_2.fits", "a.fits"]),
            [
                "hdu0_a.fits",
                "hdu0_a_3.fit",
                "hdu0_a_2.fits",
                "hdu0_a.fits"
            ]
        );
    }
}
