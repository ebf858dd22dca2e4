//! What a process has used, as Linux counts it.

use std::fs;

/// What a process has used so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Used {
    /// Seconds of CPU.
    pub cpu_seconds: f64,
    /// Memory at its most, in bytes.
    pub peak_bytes: u64,
}

impl Used {
    /// Of a process; `None` where it is gone.
    #[must_use]
    pub fn by(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        Self::of(&stat, &status)
    }

    fn of(stat: &str, status: &str) -> Option<Self> {
        // The name, in brackets, may hold blanks. User and system time are the 14th and 15th field, of a hundredth of a
        // second: `USER_HZ` is 100 on every architecture that Rust and Kubernetes know.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kilobytes: u64 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(Self {
            cpu_seconds: ticks / 100.0,
            peak_bytes: kilobytes * 1024,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_memory_are_read_also_where_the_name_has_blanks_and_brackets() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194304 500 0 0 0 150 50 0 0 20 0 4 0 100 1000 200";
        let status = "Name:\ta\nVmPeak:\t  9000 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1000 kB\n";
        let used = Used {
            cpu_seconds: 2.0,
            peak_bytes: 2 << 20,
        };
        assert_eq!(Used::of(stat, status), Some(used));
    }
}
