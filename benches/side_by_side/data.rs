//! What the rows work on: made once, from nothing but numbers, and kept under `target/tmp`.

use std::path::{Path, PathBuf};

use mosaic::io::ipac_table::Table;
use mosaic::kernel::difference::overlap;
use mosaic::run::Run;
use mosaic::task::output_template::OutputTemplate;
use mosaic::task::pairs::TileSet;
use simulate::Error;
use simulate::Field;

use crate::contest::Program;
use crate::grid::Grid;

/// Change it with what is made, so that older files are not taken for it.
const EDITION: &str = "1";

/// 49 tiles, 156 overlaps.
const FIELD: Field = Field {
    columns: 7,
    rows: 7,
    width: 512,
    height: 1024,
    seed: 49,
};

pub struct Data {
    dir: PathBuf,
}

/// The two tables of a grid of images without pixels.
pub struct Tables {
    pub images: PathBuf,
    pub fits: PathBuf,
}

impl Data {
    /// The files in `dir`, made there now where they are not complete. `montage` is our program.
    pub fn new(dir: PathBuf, montage: &Path) -> Result<Data, Error> {
        let data = Data { dir };
        let complete = data.path("complete");
        if std::fs::read_to_string(&complete).is_ok_and(|text| text == EDITION) {
            return Ok(data);
        }
        eprintln!("making the data in {} (1.3 GB)", data.dir.display());
        let io = |e| Error::io("Cannot make", &data.dir, e);
        if data.dir.exists() {
            std::fs::remove_dir_all(&data.dir).map_err(io)?;
        }
        std::fs::create_dir_all(&data.dir).map_err(io)?;
        FIELD.write(&data.dir, &Run::default())?;
        for (side, tables) in [(70, data.few()), (317, data.many())] {
            Grid::new(side).write(&tables.images, &tables.fits)?;
        }
        let [images, pairs, fits] = ["images.tbl", "pairs.tbl", "fits.tbl"];
        for args in [
            &["mImgtbl", "projected", images][..],
            &["mOverlaps", images, pairs],
            &[
                "mDiffFitExec",
                "-p",
                "projected",
                pairs,
                "region.hdr",
                ".",
                fits,
            ],
            &["mBgModel", images, fits, "corrections.tbl"],
        ] {
            let path = montage.to_owned();
            let args = args.iter().map(Into::into).collect();
            Program { path, args }.must(&data.dir);
        }
        let pairs = std::fs::read_to_string(data.pairs()).map_err(io)?;
        let rows: String = pairs
            .split_inclusive('\n')
            .filter(|row| !row.starts_with('|'))
            .collect();
        std::fs::write(data.pairs_four_times(), pairs + &rows.repeat(3)).map_err(io)?;
        std::fs::write(complete, EDITION).map_err(io)?;
        Ok(data)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub fn projected(&self) -> PathBuf {
        self.path("projected")
    }

    pub fn region(&self) -> PathBuf {
        self.path("region.hdr")
    }

    pub fn images(&self) -> PathBuf {
        self.path("images.tbl")
    }

    pub fn pairs(&self) -> PathBuf {
        self.path("pairs.tbl")
    }

    /// The same table with every pair four times.
    pub fn pairs_four_times(&self) -> PathBuf {
        self.path("pairs4.tbl")
    }

    pub fn corrections(&self) -> PathBuf {
        self.path("corrections.tbl")
    }

    /// 4,900 images, 19,182 fits.
    pub fn few(&self) -> Tables {
        self.tables("few")
    }

    /// 100,489 images, 400,056 fits.
    pub fn many(&self) -> Tables {
        self.tables("many")
    }

    fn tables(&self, name: &str) -> Tables {
        Tables {
            images: self.path(&format!("{name}_images.tbl")),
            fits: self.path(&format!("{name}_fits.tbl")),
        }
    }

    /// An empty folder for outputs.
    pub fn output(&self) -> PathBuf {
        self.path("output")
    }

    pub fn clear_output(&self) {
        let dir = self.output();
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).expect("an output folder");
    }

    /// The tiles and their area images.
    pub fn tiles(&self) -> Vec<PathBuf> {
        let dir = std::fs::read_dir(self.projected()).expect("the tiles");
        let mut files: Vec<PathBuf> = dir.map(|entry| entry.expect("a tile").path()).collect();
        files.sort();
        files
    }

    /// Bytes that the overlaps of all pairs have in images and area images.
    pub fn overlap_bytes(&self) -> Result<u64, Error> {
        let region = OutputTemplate::open(&self.region())?;
        let table = Table::open(&self.pairs(), "pairs")?;
        let [plus, minus] = table.need(["plus", "minus"], "pairs")?;
        let projected = self.projected();
        let tiles = TileSet::of_pairs(&table, (plus, minus), &projected, false)?;
        let mut pixels = 0;
        for i in 0..table.len() {
            let pair = tiles.pair(i)?;
            if let Some(found) = overlap(&region.grid, &pair.first.grid, &pair.second.grid) {
                pixels += found.output.pixels().unwrap_or(0) as u64;
            }
        }
        // Doubles, of two images and two area images.
        Ok(pixels * 8 * 4)
    }
}
