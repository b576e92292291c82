//! Raw tiles of the simulated field, as before reprojection: each in an orthographic projection about its own
//! centre, slightly rotated, with blank pixels and a background plane of its own.

use std::path::Path;

use super::{Field, FieldOutcome, Random, Tile, NOISE, PIXEL};
use crate::{Error, Result};
use fits::{write_image, Header};
use mosaic::kernel::plane::Plane;
use mosaic::run::Run;
use sky::patch::{pieces, Nature};
use sky::{Map, PixelMap, Wcs};

/// Standard deviation of a tile's rotation, in degrees.
const TURN: f64 = 0.4;
/// One in this number of pixels is blank.
const BLANKS: f64 = 1e-3;

impl Field {
    /// Writes the raw tiles into the folder `dir`: `raw/tile_000.fits` and so on. They show the same sky and
    /// have the same background planes, relative to their centres, as the projected ones.
    ///
    /// # Errors
    /// As for [`Field::write`].
    pub fn write_raw(&self, dir: &Path, run: &Run) -> Result<FieldOutcome> {
        let outcome = self.outcome()?;
        let images = dir.join("raw");
        std::fs::create_dir_all(&images)
            .map_err(|e| Error::io("Cannot create folder", &images, e))?;
        let grid = Wcs::new(&self.image_header((0, 0), self.grid()?))?;
        let (tiles, sky) = (self.tiles(), self.sky());
        let written = run.for_each(tiles.len(), |i| {
            let tile = &tiles[i];
            let mut random = Random(!tile.noise.0);
            let header = self.raw_header(tile, &grid, &mut random)?;
            let map = PixelMap::new(&Wcs::new(&header)?, &grid);
            let mut pixels = vec![0.0; self.width * self.height];
            let Plane { a, b, c } = tile.plane;
            let (at_x, at_y) = self.reference(tile.origin);
            for piece in pieces(&map, self.width, self.height, 0.0) {
                for y in piece.window.rows() {
                    for x in piece.window.columns() {
                        let (u, v) = (x as f64 + 1.0, y as f64 + 1.0);
                        let place = match &piece.nature {
                            Nature::Smooth(patch) => Some(patch.at(u, v)),
                            Nature::Rough => map.at(u, v),
                        };
                        let plane = a * (x as f64 - at_x) + b * (y as f64 - at_y) + c;
                        let noise = NOISE * random.normal();
                        let blank = random.uniform() < BLANKS;
                        pixels[y * self.width + x] = match place {
                            // FITS counts from 1, the sky from 0.
                            Some((u, v)) if !blank => sky.at(u - 1.0, v - 1.0) + plane + noise,
                            _ => f64::NAN,
                        };
                    }
                }
            }
            let name = images.join(format!("{}.fits", tile.name));
            Ok(write_image(&name, &header, &pixels)?)
        })?;
        written.into_iter().collect::<Result<()>>()?;
        Ok(outcome)
    }

    /// Header of the raw tile at the position of a projected one.
    fn raw_header(&self, tile: &Tile, grid: &Wcs, random: &mut Random) -> Result<Header> {
        let (width, height) = (self.width as f64, self.height as f64);
        let centre = (
            tile.origin.0 as f64 + 0.5 * (width + 1.0),
            tile.origin.1 as f64 + 0.5 * (height + 1.0),
        );
        let (lon, lat) = grid
            .pixel_to_sky(centre.0, centre.1)
            .ok_or_else(|| Error::message("The field has no sky"))?;
        let mut header = self.image_header(tile.origin, (self.width, self.height));
        for (key, value) in [("CTYPE1", "RA---SIN"), ("CTYPE2", "DEC--SIN")] {
            header.replace(fits::card::Card::with_string(key, value, ""));
        }
        for (key, value) in [
            ("CRVAL1", lon),
            ("CRVAL2", lat),
            ("CRPIX1", 0.5 * (width + 1.0)),
            ("CRPIX2", 0.5 * (height + 1.0)),
            ("CDELT1", -PIXEL),
            ("CDELT2", PIXEL),
            ("CROTA2", TURN * random.normal()),
        ] {
            header.set_real(key, value);
        }
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fits::Image;

    #[test]
    fn raw_tiles_show_the_sky_where_their_headers_say() {
        let field = Field {
            columns: 2,
            rows: 1,
            width: 120,
            height: 90,
            seed: 5,
        };
        let dir = tempfile::tempdir().unwrap();
        let outcome = field.write_raw(dir.path(), &Run::new(2)).unwrap();
        assert_eq!(outcome.count, 2);
        let sky = field.sky();
        let grid = Wcs::new(&field.image_header((0, 0), field.grid().unwrap())).unwrap();
        for (i, tile) in field.tiles().iter().enumerate() {
            let path = dir.path().join(format!("raw/tile_00{i}.fits"));
            let mut image = Image::open(&path, "Image file").unwrap();
            let map = PixelMap::new(&Wcs::new(image.header()).unwrap(), &grid);
            let mut pixels = Vec::new();
            image.read(image.whole(), &mut pixels).unwrap();
            let (at_x, at_y) = field.reference(tile.origin);
            let (mut sum, mut count) = (0.0, 0);
            for (k, &value) in pixels.iter().enumerate() {
                let (x, y) = ((k % 120) as f64, (k / 120) as f64);
                let (u, v) = map.at(x + 1.0, y + 1.0).unwrap();
                let Plane { a, b, c } = tile.plane;
                let expected = sky.at(u - 1.0, v - 1.0) + a * (x - at_x) + b * (y - at_y) + c;
                if value.is_finite() {
                    sum += (value - expected).powi(2);
                    count += 1;
                }
            }
            let noise = (sum / f64::from(count)).sqrt();
            assert!((noise / NOISE - 1.0).abs() < 0.05, "{noise}");
            assert!(count < 120 * 90 && count > 120 * 90 - 40, "{count}");
        }
    }
}
