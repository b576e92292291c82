# What people do here, by name. `just` lists the recipes; each is a command that can be typed without just, too.
# just itself: `cargo install just`, or a package of most systems.

# Lists the recipes.
default:
    @just --list --unsorted

# All that CI runs: formatting, lints, tests, examples, an installation, fuzzing, the address sanitizer.
ci:
    bash .ci/run

# Formatting and lints, as CI judges them.
lint:
    cargo fmt --all --check
    cargo clippy --locked --workspace --all-targets -- -D warnings

# Runs every test whose name contains NAME, in every crate.
test NAME:
    cargo test --locked --no-fail-fast {{NAME}}

# Runs a program and Montage's of the same name on equal files and compares them: just beside mOverlaps projected.tbl out.tbl
beside +CALL:
    .ci/beside {{CALL}}

# Generates include/montage.h and include/imphot.h from src/.
headers:
    UPDATE_HEADER=1 cargo test --locked --test header

# Measures the rows of one program beside the originals (all without NAME): just bench mAdd 7
bench NAME='' RUNS='3':
    cargo bench --bench side_by_side -- --runs {{RUNS}} {{NAME}}

# The same beside an older executable, to see whether a change cost time.
bench-before OLD NAME='' RUNS='11':
    cargo bench --bench side_by_side -- --before {{OLD}} --runs {{RUNS}} {{NAME}}

# Runs one fuzz target (just fuzz-targets lists them) for some seconds.
fuzz TARGET SECONDS='60':
    BOLERO_RANDOM_TEST_TIME_MS={{SECONDS}}000 cargo test --locked -p montage-fuzz {{TARGET}}

# Lists the fuzz targets.
fuzz-targets:
    cargo test --locked -p montage-fuzz -- --list

# Hashes every output of the programs; two builds with equal results print the same: just hash-outputs > after.txt
hash-outputs EXECUTABLE='target/release/montage-tools':
    cargo build --locked --release
    @out=$(mktemp -d) && .ci/hash-outputs {{EXECUTABLE}} "$out/out"; status=$?; rm -rf "$out"; exit $status

# Licences, duplicates and security advisories of the dependencies.
deny:
    cargo deny --workspace check

# Builds the documentation of the crates.
doc:
    cargo doc --workspace --no-deps
