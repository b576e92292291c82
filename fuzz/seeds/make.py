#!/usr/bin/env python3
"""Makes the seeds: small tile-compressed images of every compression, and a packed file.

    python3 fuzz/seeds/make.py        (astropy 8.0, numpy; ncompress for image.fits.Z)

The pixels are a noisy slope with a bright spot; floats have NaN and zeros among them. The right
pixels are what CFITSIO reads, as tests/compressed compares.
"""
import bz2
import gzip
import os
import subprocess

import numpy as np
from astropy.io import fits

os.chdir(os.path.dirname(os.path.abspath(__file__)))
NX, NY = 30, 24


def image(kind, shape=(NY, NX)):
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0 : shape[-2], 0 : shape[-1]]
    plane = 100 + 0.5 * x + 0.25 * y + 500 * np.exp(-((x - 20) ** 2 + (y - 15) ** 2) / 30.0)
    data = plane + rng.normal(0, 4, shape)
    if np.dtype(kind).kind == "f":
        data = data.astype(kind)
        data[..., 3, 5:9] = np.nan
        data[..., 7, :6] = 0
    else:
        data = np.clip(data, 0, 250).astype(kind)
    return data


def write(name, data, hdus=1, **keywords):
    header = fits.Header()
    header["CTYPE1"], header["CTYPE2"] = "RA---TAN", "DEC--TAN"
    header["CRPIX1"], header["CRPIX2"] = 22.0, 20.0
    header["CRVAL1"], header["CRVAL2"] = 10.0, 20.0
    header["CDELT1"], header["CDELT2"] = -0.001, 0.001
    keywords.setdefault("quantize_level", 16.0)
    comp = [fits.CompImageHDU(data, header, **keywords) for _ in range(hdus)]
    fits.HDUList([fits.PrimaryHDU(), *comp]).writeto(name, overwrite=True)


for method, kinds in {
    "RICE_1": ("u1", "i2", "i4", "f4"),
    "GZIP_1": ("u1", "i4", "f4"),
    "GZIP_2": ("i2", "f8"),
    "HCOMPRESS_1": ("i2", "i4", "f4"),
    "PLIO_1": ("i2",),
    "NOCOMPRESS": ("i2",),
}.items():
    for kind in kinds:
        tile = (16, NX) if method == "HCOMPRESS_1" else None
        name = f"{method.split('_')[0].lower()}{method[-2:] if method.startswith('GZIP') else ''}_{kind}.fits"
        write(name, image(kind), compression_type=method, tile_shape=tile)

write("rice_f4_dither1.fits", image("f4"), compression_type="RICE_1", quantize_method=1, dither_seed=77)
write("rice_f4_dither2.fits", image("f4"), compression_type="RICE_1", quantize_method=2, dither_seed=9999)
write("gzip_2_f8_dither1.fits", image("f8"), compression_type="GZIP_2", quantize_method=1, dither_seed=1)
write("gzip_2_f4_lossless.fits", image("f4"), compression_type="GZIP_2", quantize_level=0.0)
write("gzip_1_f8_lossless.fits", image("f8"), compression_type="GZIP_1", quantize_level=0.0)
write("hcompress_lossy_i2.fits", image("i2"), compression_type="HCOMPRESS_1", tile_shape=(20, NX), hcomp_scale=2, hcomp_smooth=1)
write("rice_cube_i2.fits", image("i2", (3, 16, 14)), compression_type="RICE_1", tile_shape=(2, 7, 9))
write("rice_f4_tiles.fits", image("f4"), compression_type="RICE_1", tile_shape=(11, 13), quantize_method=1, dither_seed=3)
write("two_hdus.fits", image("i2"), hdus=2, compression_type="RICE_1", tile_shape=(64, 64))

plain = fits.PrimaryHDU(image("i2")[:10, :12])
plain.writeto("image.fits", overwrite=True)
content = open("image.fits", "rb").read()
open("image.fits.bz2", "wb").write(bz2.compress(content))
with open("image.fits.gz", "wb") as out:
    out.write(gzip.compress(content, mtime=0))
subprocess.run(["compress", "-c", "image.fits"], check=False, stdout=open("image.fits.Z", "wb"))
subprocess.run(["python3", "-m", "zipfile", "-c", "image.fits.zip", "image.fits"], check=True)
