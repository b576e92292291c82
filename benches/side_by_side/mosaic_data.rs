//! What the rows from raw tiles to a mosaic work on: the eight 2MASS tiles of M17 where they are
//! beside this project, else as many simulated ones; and many small tiles of a large mosaic.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use fits::{card, write_image, Header};
use mosaic::run::Run;
use simulate::Error;
use simulate::Field;
use testing::shared_data;

use crate::contest::Program;

/// Change it with what is made, so that older files are not taken for it.
const EDITION: &str = "1";

/// As many tiles as M17 has here, of the same size.
const FIELD: Field = Field {
    columns: 4,
    rows: 2,
    width: 512,
    height: 1024,
    seed: 17,
};

/// Pixels along either axis of the large mosaic.
const LARGE: usize = 30_000;
/// Its tiles along x and y.
const LARGE_TILES: (usize, usize) = (20, 10);
/// Columns and rows of a tile of it.
const LARGE_TILE: (usize, usize) = (512, 1024);

/// Raw tiles, the same on the pixels of one region, and programs that make a mosaic of them.
pub struct MosaicData {
    dir: PathBuf,
    real: bool,
}

impl MosaicData {
    /// The files in `dir`, made there now where they are not complete. `montage` is our program.
    pub fn new(dir: PathBuf, montage: &Path) -> Result<MosaicData, Error> {
        let real = shared_data("2mass_m17");
        let data = MosaicData {
            dir,
            real: real.is_some(),
        };
        let complete = data.path("complete");
        let edition = format!("{EDITION} {}", data.what());
        if std::fs::read_to_string(&complete).is_ok_and(|text| text == edition) {
            return Ok(data);
        }
        eprintln!("making the data in {} (1.8 GB)", data.dir.display());
        let io = |e| Error::io("Cannot make", &data.dir, e);
        if data.dir.exists() {
            std::fs::remove_dir_all(&data.dir).map_err(io)?;
        }
        std::fs::create_dir_all(data.projected()).map_err(io)?;
        match real {
            Some(real) => {
                unpack(&real.join("raw"), &data.raw()).map_err(io)?;
                std::fs::copy(real.join("region.hdr"), data.region()).map_err(io)?;
            }
            None => {
                FIELD.write_raw(&data.dir, &Run::default())?;
            }
        }
        let ours = |args: &[&str]| {
            let args = args.iter().map(Into::into).collect();
            let path = montage.to_owned();
            Program { path, args }.must(&data.dir);
        };
        ours(&["mImgtbl", "raw", "raw.tbl"]);
        if !data.real {
            ours(&["mMakeHdr", "raw.tbl", "region.hdr"]);
        }
        let exec = ["mProjExec", "-p", "raw", "raw.tbl", "region.hdr"];
        ours(&[&exec[..], &["projected", "stats.tbl"]].concat());
        ours(&["mImgtbl", "projected", "projected.tbl"]);
        let tile = data.tile();
        let tile = tile.to_string_lossy();
        ours(&["mProjectPP", &tile, "cut.fits", "region.hdr"]);
        data.write_large()?;
        ours(&["mImgtbl", "large", "large.tbl"]);
        std::fs::write(complete, edition).map_err(io)?;
        Ok(data)
    }

    /// What the tiles are.
    pub fn what(&self) -> &'static str {
        match self.real {
            true => "2MASS tiles of M17",
            false => "simulated tiles",
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The folder of raw tiles.
    pub fn raw(&self) -> PathBuf {
        self.path("raw")
    }

    /// The raw tiles, by name.
    pub fn tiles(&self) -> Vec<PathBuf> {
        let dir = std::fs::read_dir(self.raw()).expect("the raw tiles");
        let mut files: Vec<PathBuf> = dir.map(|entry| entry.expect("a tile").path()).collect();
        files.sort();
        files
    }

    /// One of them.
    pub fn tile(&self) -> PathBuf {
        self.tiles().swap_remove(1)
    }

    /// The table of them.
    pub fn raw_table(&self) -> PathBuf {
        self.path("raw.tbl")
    }

    /// The template that holds all.
    pub fn region(&self) -> PathBuf {
        self.path("region.hdr")
    }

    /// The tiles on the pixels of the region, and their area images.
    pub fn projected(&self) -> PathBuf {
        self.path("projected")
    }

    /// The table of those.
    pub fn projected_table(&self) -> PathBuf {
        self.path("projected.tbl")
    }

    /// An image of the part of the region that the tile covers.
    pub fn cut(&self) -> PathBuf {
        self.path("cut.fits")
    }

    /// The folder, the table and the template of 200 tiles of a mosaic of 30,000 x 30,000 pixels.
    pub fn large(&self) -> [PathBuf; 3] {
        ["large", "large.tbl", "large.hdr"].map(|name| self.path(name))
    }

    /// The example program of the whole job, built here with the shared library of this build.
    pub fn job(&self) -> PathBuf {
        let root = testing::project();
        let exe = std::env::current_exe().expect("own path");
        // Cargo leaves the library, as the benchmark depends on it, beside the benchmark.
        let library = exe.with_file_name("libmontage.so");
        let link = self.path("libmontage.so.1");
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(&library, &link).expect("a link to the library");
        let program = self.path("mosaic");
        let compiled = Command::new("cc")
            .args(["-O2", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-I"])
            .arg(root.join("include"))
            .arg(root.join("examples/c/mosaic.c"))
            .arg("-o")
            .arg(&program)
            .arg(&library)
            .args(["-Wl,--disable-new-dtags,-rpath,$ORIGIN"])
            .status();
        assert!(compiled.is_ok_and(|s| s.success()), "examples/c/mosaic.c");
        program
    }

    /// Tiles far apart on the large mosaic, out to its corners: what costs is the mosaic.
    fn write_large(&self) -> Result<(), Error> {
        let [dir, _, template] = self.large();
        let io = |e| Error::io("Cannot make", &dir, e);
        std::fs::create_dir_all(&dir).map_err(io)?;
        let sky = |size: (usize, usize), origin: (usize, usize)| {
            let at = |origin: usize| 0.5 * (LARGE as f64 + 1.0) - origin as f64;
            format!(
                "SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2\nNAXIS1  = {}\nNAXIS2  = {}\nCTYPE1  = 'RA---TAN'\nCTYPE2  = 'DEC--TAN'\nCRVAL1  = 275.0\nCRVAL2  = -16.0\nCRPIX1  = {}\nCRPIX2  = {}\nCDELT1  = {:.12}\nCDELT2  = {:.12}\nCROTA2  = 0.0\nEQUINOX = 2000.0\nEND\n",
                size.0,
                size.1,
                at(origin.0),
                at(origin.1),
                -1.0 / 3600.0,
                1.0 / 3600.0,
            )
        };
        std::fs::write(template, sky((LARGE, LARGE), (0, 0))).map_err(io)?;
        let (columns, rows) = LARGE_TILES;
        let (width, height) = LARGE_TILE;
        let values: Vec<f64> = (0..width * height).map(|i| (i % 1009) as f64).collect();
        let areas = vec![1.0; width * height];
        for i in 0..columns * rows {
            let origin = (
                i % columns * (LARGE - width) / (columns - 1),
                i / columns * (LARGE - height) / (rows - 1),
            );
            let mut header = Header::primary(-64, &[width as i64, height as i64]);
            let cards = sky(LARGE_TILE, origin);
            header.merge_template(cards.lines().map(|line| card::parse(line.as_bytes())));
            write_image(&dir.join(format!("tile_{i:03}.fits")), &header, &values)?;
            write_image(&dir.join(format!("tile_{i:03}_area.fits")), &header, &areas)?;
        }
        Ok(())
    }
}

/// Unpacks the gzip'd files of `from` into the new folder `to`.
pub fn unpack(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let packed = path.extension().is_some_and(|ending| ending == "gz");
        let Some(name) = path.file_stem().filter(|_| packed) else {
            continue;
        };
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(std::fs::File::open(&path)?).read_to_end(&mut bytes)?;
        std::fs::write(to.join(name), bytes)?;
    }
    Ok(())
}
