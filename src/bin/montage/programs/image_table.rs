//! mImgtbl.

use std::path::PathBuf;

use montage::run::Run;
use montage::task::image_table::{image_table, ImageTable};

use crate::program::{fields, Answer, Call, Program};

/// mImgtbl: the table of the images of a directory.
pub const M_IMGTBL: Program = Program {
    name: "mImgtbl",
    options: "rcCadibf:t:z",
    usage: "[-rcCaidbdz][-s statusfile][-f fieldlistfile][-t imglist] directory images.tbl",
    min_args: 2,
    run: imgtbl,
};

fn imgtbl(call: &Call, run: &Run) -> Answer {
    // An empty name means none, as in the library.
    let optional = |letter| {
        call.value(letter)
            .filter(|name| !name.is_empty())
            .map(PathBuf::from)
    };
    fields(image_table(
        run,
        &ImageTable {
            folder: call.path(0),
            table: call.path(1),
            recursive: call.has('r'),
            area_files: call.has('a'),
            cubes: !call.has('C'),
            no_gzip: call.has('z'),
            corners: call.has('c'),
            show_info: call.has('i'),
            show_bad: call.has('b'),
            image_list: optional('t'),
            field_list: optional('f'),
            debug: call.debug(),
        },
    ))
}
