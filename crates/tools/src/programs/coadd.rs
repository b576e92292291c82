//! mAdd.

use mosaic::task::coadd::{add, AddParams, Coadd};

use crate::program::{fields, Failure, Program};

/// Coadds images into a mosaic.
pub const M_ADD: Program = Program {
    name: "mAdd",
    options: "enp:d:a:",
    usage: "[-d level] [-p imgdir] [-n(o-areas)] [-a mean|median|count] [-e(xact-size)] [-s statusfile] images.tbl template.hdr out.fits",
    min_args: 3,
    run: |call, run| {
        let name = call.value('a').map(|name| name.to_string_lossy());
        let coadd = Coadd::from_name(name.as_deref().unwrap_or("mean"))
            .ok_or_else(|| Failure::Error("Invalid argument for -a flag".into()))?;
        fields(add(
            &AddParams {
                path: &call.path_or('p', "."),
                table: &call.path(0),
                template: &call.path(1),
                output: &call.path(2),
                shrink: !call.has('e'),
                no_areas: call.has('n'),
                coadd,
                debug: call.debug_level()?,
            },
            run,
        ))
    },
};
