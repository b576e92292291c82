//! Whether two fit tables are the same but for the last digit printed.

/// A row of a fit table: its line and its values.
pub struct Row<'a> {
    pub line: &'a str,
    pub values: Vec<f64>,
}

impl Row<'_> {
    fn ids(&self) -> (f64, f64) {
        (self.values[0], self.values[1])
    }

    fn npixel(&self) -> f64 {
        self.values[13]
    }

    fn rms(&self) -> f64 {
        self.values[14]
    }
}

/// The rows of a table as the original writes it.
pub fn rows(table: &str) -> Vec<Row<'_>> {
    let row = |line| Row {
        line,
        values: values(line),
    };
    table.lines().skip(1).map(row).collect()
}

fn values(line: &str) -> Vec<f64> {
    let number = |word: &str| word.parse().expect("a number");
    line.split_whitespace().map(number).collect()
}

/// What came of a comparison.
#[derive(Debug, Default, PartialEq)]
pub struct Compared {
    /// Rows that are the same bytes.
    pub same: usize,
    /// Rows in which a last digit differs by one.
    pub rounded: usize,
    /// Rows in which version 6 stopped clipping because a pixel lay on the first plane.
    pub stopped: usize,
    /// Rows that only the original has.
    pub only_theirs: usize,
}

/// Compares our table with the original's of the same pairs. A row that only the original has
/// must be that of pixels on one line: of a pair for which `on_a_line`, or of three pixels at most.
///
/// # Panics
/// When they differ otherwise.
pub fn fit_tables(theirs: &str, ours: &str, on_a_line: impl Fn(usize, usize) -> bool) -> Compared {
    assert_eq!(theirs.lines().next(), ours.lines().next());
    let mut compared = Compared::default();
    let ours = rows(ours);
    let mut mine = ours.iter().peekable();
    for row in rows(theirs) {
        let Some(own) = mine.next_if(|own| own.ids() == row.ids()) else {
            let (i, k) = (row.values[0] as usize, row.values[1] as usize);
            assert!(on_a_line(i, k) || row.npixel() <= 3.0, "{}", row.line);
            compared.only_theirs += 1;
            continue;
        };
        if own.line == row.line {
            compared.same += 1;
        } else if row.rms() == 0.0 && own.npixel() > row.npixel() {
            compared.stopped += 1;
        } else {
            let why = differs(row.line, own.line);
            assert!(why.is_none(), "{why:?}:\n{}\n{}", row.line, own.line);
            compared.rounded += 1;
        }
    }
    let more: Vec<&str> = mine.map(|row| row.line).collect();
    assert!(more.is_empty(), "only in ours: {more:?}");
    compared
}

fn differs(theirs: &str, ours: &str) -> Option<String> {
    if theirs.len() != ours.len() {
        return Some("length".into());
    }
    let words = |line: &str| -> Vec<String> { line.split_whitespace().map(String::from).collect() };
    let (theirs, ours) = (words(theirs), words(ours));
    let apart = |column: usize| values(&theirs[column])[0] - values(&ours[column])[0];
    let unit = |column: usize| 1.001 * last_digit(&theirs[column]).max(last_digit(&ours[column]));
    for column in 5..ours.len() {
        if apart(column).abs() > unit(column) {
            return Some(format!("column {column}"));
        }
    }
    // The planes, where there are pixels: a slope that hardly matters there may differ more.
    let corner = |column: usize| values(&ours[column])[0];
    for (x, y) in [(7, 9), (7, 10), (8, 9), (8, 10)] {
        let (x, y) = (corner(x), corner(y));
        let printed = unit(2) * x.abs() + unit(3) * y.abs() + unit(4);
        if (apart(2) * x + apart(3) * y + apart(4)).abs() > printed {
            return Some(format!("the plane at {x} {y}"));
        }
    }
    None
}

/// One unit of the last digit of a printed number: 0.01 of "3.14", 1 of "7", 1e-3 of "2.5e-02".
fn last_digit(text: &str) -> f64 {
    let (digits, power) = text.split_once('e').unwrap_or((text, "0"));
    let decimals = digits.split_once('.').map_or(0, |(_, d)| d.len());
    10f64.powi(power.parse::<i32>().unwrap_or(0) - decimals as i32)
}
