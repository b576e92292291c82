//! Image tables made up for the tests.

use simulate::Mmix;
use std::path::Path;

use super::super::{wcs_of, Columns, SkyColumns};
use crate::io::ipac_table::Table;

/// One image of a made-up table: TAN, 100 x 100 pixels of 1 arcsec, if nothing else is said.
#[derive(Clone)]
pub(super) struct Tile {
    pub(super) ctype: (&'static str, &'static str),
    pub(super) size: (i64, i64),
    pub(super) crval: (f64, f64),
    pub(super) crpix: (f64, f64),
    pub(super) cdelt: f64,
    pub(super) crota: f64,
    pub(super) equinox: f64,
}

impl Tile {
    pub(super) fn at(lon: f64, lat: f64) -> Self {
        Tile {
            ctype: ("RA---TAN", "DEC--TAN"),
            size: (100, 100),
            crval: (lon, lat),
            crpix: (50.5, 50.5),
            cdelt: 1.0 / 3600.0,
            crota: 0.0,
            equinox: 2000.0,
        }
    }

    /// Tile (i, j) of a grid on one tangent plane, `step` pixels apart.
    pub(super) fn of_grid(i: usize, j: usize, step: f64) -> Self {
        Tile {
            crpix: (50.5 - step * i as f64, 50.5 - step * j as f64),
            ..Tile::at(10.0, 20.0)
        }
    }

    pub(super) fn large(self, side: i64) -> Self {
        Tile {
            size: (side, side),
            crpix: ((side + 1) as f64 / 2.0, (side + 1) as f64 / 2.0),
            ..self
        }
    }
}

pub(super) fn grid(n: usize, step: f64) -> Vec<Tile> {
    (0..n * n)
        .map(|k| Tile::of_grid(k % n, k / n, step))
        .collect()
}

/// Numbers in 0..1, the same in every run.
pub(super) struct Dice(pub(super) Mmix);

impl Dice {
    pub(super) fn roll(&mut self) -> f64 {
        self.0.uniform()
    }

    /// Images of many sizes, turned anyhow, all over the sky.
    pub(super) fn sky(
        &mut self,
        count: usize,
        ctype: [(&'static str, &'static str); 3],
    ) -> Vec<Tile> {
        (0..count)
            .map(|i| {
                let lat = (2.0 * self.roll() - 1.0).asin().to_degrees();
                let side = |dice: &mut Self| 2 + (dice.roll() * 200.0) as i64;
                Tile {
                    ctype: ctype[i % 3],
                    size: (side(self), side(self)),
                    cdelt: if i % 4 == 0 { 0.1 } else { 0.01 },
                    crota: 360.0 * self.roll(),
                    ..Tile::at(360.0 * self.roll(), lat)
                }
            })
            .collect()
    }
}

/// A table with another value in the first cell that holds `from`.
pub(super) fn replaced(table: &str, from: &str, to: &str) -> String {
    let cell = format!(" {from:>22} ");
    let cell = if table.contains(&cell) {
        &cell[..23]
    } else {
        &cell[1..23]
    };
    assert!(table.contains(cell), "{from}");
    table.replacen(cell, &format!(" {to:>22}")[23 - cell.len()..], 1)
}

pub(super) enum Scale {
    Cdelt,
    Cd,
}

/// The table of these images, with wide columns.
pub(super) fn table(tiles: &[Tile], scale: Scale) -> String {
    let mut names = vec![
        "cntr", "ctype1", "ctype2", "naxis1", "naxis2", "crval1", "crval2", "crpix1", "crpix2",
    ];
    names.extend(match scale {
        Scale::Cdelt => &["cdelt1", "cdelt2", "crota2"][..],
        Scale::Cd => &["cd1_1", "cd1_2", "cd2_1", "cd2_2"],
    });
    names.extend(["equinox", "fname"]);
    let mut text = String::new();
    for name in &names {
        text += &format!("|{name:>22}");
    }
    text += "|\n";
    for (i, t) in tiles.iter().enumerate() {
        let (sin, cos) = t.crota.to_radians().sin_cos();
        let mut numbers = vec![t.crval.0, t.crval.1, t.crpix.0, t.crpix.1];
        numbers.extend(match scale {
            Scale::Cdelt => vec![-t.cdelt, t.cdelt, t.crota],
            Scale::Cd => [-cos, -sin, -sin, cos].map(|x| t.cdelt * x).to_vec(),
        });
        numbers.push(t.equinox);
        text += &format!(" {i:>22} {:>22} {:>22}", t.ctype.0, t.ctype.1);
        text += &format!(" {:>22} {:>22}", t.size.0, t.size.1);
        for x in numbers {
            text += &format!(" {x:>22.12}");
        }
        text += &format!(" {:>22}\n", format!("dir/image{i:05}.fits"));
    }
    text
}

/// A table of centres and corners, as `mImgtbl -c` writes it.
pub(super) fn corner_table(tiles: &[Tile]) -> String {
    let names =
        "cntr ctype1 ctype2 naxis1 naxis2 crval1 crval2 crpix1 crpix2 cdelt1 cdelt2 crota2 \
                 ra dec ra1 dec1 ra2 dec2 ra3 dec3 ra4 dec4 fname";
    let mut text: String = names.split(' ').map(|n| format!("|{n:>16}")).collect();
    text += "|\n";
    let wcs_text = table(tiles, Scale::Cdelt);
    let source = Table::parse(wcs_text.into_bytes(), Path::new("t"), "t").unwrap();
    let columns = Columns::of(&source).unwrap();
    let SkyColumns::Wcs(keywords) = &columns.sky else {
        panic!("a table without corners")
    };
    for row in source.rows() {
        let wcs = wcs_of(row, keywords).unwrap();
        let (w, h) = wcs.size();
        let (w, h) = (w as f64, h as f64);
        text += &format!(" {:>16}", row.number() - 1);
        text += &format!(" {:>16}", 0).repeat(11);
        for (x, y) in [
            (w / 2.0, h / 2.0),
            (0.5, 0.5),
            (0.5, h + 0.5),
            (w + 0.5, h + 0.5),
            (w + 0.5, 0.5),
        ] {
            let (lon, lat) = wcs.pixel_to_sky(x, y).unwrap();
            text += &format!(" {lon:>16.9} {lat:>16.9}");
        }
        text += &format!(" {:>16}\n", format!("c{}.fits", row.number()));
    }
    text
}
