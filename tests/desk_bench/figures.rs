//! Figures against their bars, as a table.

/// The value below which a share of all lie; of an even number the upper middle.
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (share * sorted.len() as f64) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// What a figure may be at most.
pub struct Bar {
    most: f64,
    unit: &'static str,
}

impl Bar {
    pub fn most(most: f64, unit: &'static str) -> Self {
        Self { most, unit }
    }
}

/// Rows of the table, and what is worth saying beside it.
#[derive(Default)]
pub struct Figures {
    rows: Vec<[String; 4]>,
    remarks: Vec<String>,
}

impl Figures {
    fn row(&mut self, name: &str, bar: String, measured: String, met: bool) {
        let verdict = if met { "met" } else { "**missed**" };
        println!("{name}: {measured} (bar {bar}): {verdict}");
        self.rows.push([name.to_owned(), bar, measured, verdict.to_owned()]);
    }

    /// A percentile of some values against a bar.
    pub fn hold(&mut self, name: &str, bar: Bar, values: &[f64], share: f64) {
        let value = percentile(values, share);
        self.row(name, format!("≤ {} {}", bar.most, bar.unit), format!("{value:.0} {}", bar.unit), value <= bar.most);
    }

    /// The p95 of values against that of a bare page's, as a ratio.
    pub fn versus(&mut self, name: &str, ours: &[f64], bare: &[f64], most: f64) {
        if ours.is_empty() || bare.is_empty() {
            self.absent(name, &format!("≤ {most} × bare"), "there is no editor yet");
            return;
        }
        let (a, b) = (percentile(ours, 0.95), percentile(bare, 0.95));
        let measured = format!(
            "{:.2} × bare ({a:.0} against {b:.0} ms; p50 {:.0} against {:.0})",
            a / b,
            percentile(ours, 0.5),
            percentile(bare, 0.5)
        );
        self.row(name, format!("≤ {most} × bare"), measured, a <= most * b);
    }

    /// A share that should be no smaller than `least`.
    pub fn share(&mut self, name: &str, least: f64, value: f64) {
        self.row(name, format!("≥ {:.0} %", least * 100.0), format!("{:.1} %", value * 100.0), value >= least);
    }

    /// What could not be measured.
    pub fn absent(&mut self, name: &str, bar: &str, why: &str) {
        println!("{name}: {why}");
        self.rows.push([name.to_owned(), bar.to_owned(), format!("– ({why})"), "not measured".to_owned()]);
    }

    pub fn remark(&mut self, remark: String) {
        println!("{remark}");
        self.remarks.push(remark);
    }

    pub fn print(&self) {
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        println!("\n| figure | bar | measured |  |\n|---|---|---|---|");
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
        println!();
        for remark in &self.remarks {
            println!("- {remark}");
        }
        println!("- {cores} cores, load average at the end {}", load.split(' ').take(3).collect::<Vec<_>>().join(" "));
    }
}
