//! How long does a large file take, and how much memory, compared with `yq` on the same file in the same run?

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{BINARY, median};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// What Azure would have answered.
const GIVEN: &str = "--auth user-identity --prometheus-version 3.14.0 --cluster prod --workspace shop \
    --write-url https://shop-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 \
    --client-id 11111111-2222-3333-4444-555555555555 --input large.yml --write";

/// What `yq` is asked for: much the same, with the comments lost on the way.
const FILTER: &str = r#".global.external_labels.cluster = "prod" | .remote_write += [{"name": "shop", "url": "https://shop"}]"#;

/// A file to be patched, as large as it says.
struct LargeFile {
    title: &'static str,
    target: &'static str,
    text: String,
    runs: usize,
    is_beside_yq: bool,
}

pub(crate) fn measure(folder: &Path) {
    let has_yq = Command::new("yq")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !has_yq {
        println!("yq is not installed: nothing to compare large files with");
    }
    for case in cases() {
        let file = folder.join("large.yml");
        let arguments = format!("render --target {} {GIVEN}", case.target);
        let mut walls = Vec::new();
        let mut most = 0;
        for _ in 0..case.runs {
            std::fs::write(&file, &case.text).expect("the file can be written");
            let mut command = Command::new(BINARY);
            command
                .args(arguments.split_whitespace())
                .current_dir(folder);
            let (wall, memory) = run(&mut command);
            walls.push(wall);
            most = most.max(memory);
        }
        let size = case.text.len();
        let times = |memory: usize| memory as f64 / size as f64;
        let wall = median(walls);
        println!(
            "{}, {size} bytes: {wall:.1?}, {:.1} MiB at most ({:.1} times its size)",
            case.title,
            most as f64 / MIB as f64,
            times(most)
        );
        if has_yq && case.is_beside_yq {
            std::fs::write(&file, &case.text).expect("the file can be written");
            let mut yq = Command::new("yq");
            yq.args(["-y", FILTER, "large.yml"]).current_dir(folder);
            let (theirs, memory) = run(&mut yq);
            println!(
                "    yq: {theirs:.1?}, {:.1} MiB at most ({:.1} times its size); {:.0} times as long",
                memory as f64 / MIB as f64,
                times(memory),
                theirs.as_secs_f64() / wall.as_secs_f64()
            );
        }
    }
}

fn cases() -> Vec<LargeFile> {
    let sizes = [
        ("prometheus.yml", 10 * KIB),
        ("prometheus.yml", 100 * KIB),
        ("prometheus.yml", MIB),
        ("prometheus.yml", 10 * MIB),
    ];
    let growth = sizes.map(|(title, size)| LargeFile {
        title,
        target: "prometheus-yml",
        text: prometheus_yml(size),
        runs: 9,
        is_beside_yq: true,
    });
    let others = [
        LargeFile {
            title: "prometheus.yml that is nearly all remote writes",
            target: "prometheus-yml",
            text: format!("remote_write:\n{}", repeated(remote_write, 10 * MIB)),
            runs: 1,
            is_beside_yq: false,
        },
        LargeFile {
            title: "values of kube-prometheus-stack, most of them below `prometheus`",
            target: "kube-prometheus-stack",
            text: stack_values(800 * KIB),
            runs: 3,
            is_beside_yq: false,
        },
        LargeFile {
            title: "the same, ten times as large",
            target: "kube-prometheus-stack",
            text: stack_values(8000 * KIB),
            runs: 3,
            is_beside_yq: false,
        },
        LargeFile {
            title: "ConfigMap",
            target: "configmap",
            text: format!(
                "kind: ConfigMap\ndata:\n  prometheus.yml: |\n{}",
                indented(&prometheus_yml(850 * KIB))
            ),
            runs: 3,
            is_beside_yq: false,
        },
    ];
    growth.into_iter().chain(others).collect()
}

fn stack_values(size: usize) -> String {
    format!(
        "prometheus:\n  prometheusSpec:\n    additionalScrapeConfigs:\n{}",
        indented(&repeated(job, size))
    )
}

fn prometheus_yml(size: usize) -> String {
    let head = "# ours\nglobal:\n  scrape_interval: 15s\n  external_labels:\n    region: eu\n\nscrape_configs:\n";
    let tail =
        "\nremote_write:\n  - name: mimir\n    url: http://mimir/api/v1/push # the old one\n";
    format!(
        "{head}{}{tail}",
        repeated(job, size - head.len() - tail.len())
    )
}

fn repeated(part: impl Fn(usize) -> String, size: usize) -> String {
    let mut text = String::with_capacity(size + KIB);
    for index in 0.. {
        if text.len() >= size {
            break;
        }
        text.push_str(&part(index));
    }
    text
}

fn job(index: usize) -> String {
    format!(
        "  - job_name: \"job-{index}\"   # of team {}\n    metrics_path: /metrics\n    static_configs:\n      - targets: ['host-{index}.example.com:9100', 'host-{index}.example.com:9256']\n        labels: {{team: 'team-{}', tier: backend}}\n    relabel_configs:\n      # the port is no part of the name\n      - source_labels: [__address__]\n        regex: '([^:]+):\\d+'\n        target_label: instance\n",
        index % 17,
        index % 17
    )
}

fn remote_write(index: usize) -> String {
    format!(
        "  - name: receiver-{index}\n    url: http://receiver-{index}.example.com/api/v1/write # number {index}\n    queue_config: {{capacity: 5000}}\n"
    )
}

fn indented(text: &str) -> String {
    let lines = text.lines().map(|line| format!("    {line}\n"));
    lines.collect()
}

/// Wall time, and the most memory in bytes that the program was seen to hold: Linux counts it, we look once a millisecond.
fn run(command: &mut Command) -> (Duration, usize) {
    let start = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let end = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = text
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        most = most.max(peak.and_then(|peak| peak.parse().ok()).unwrap_or(0) * KIB);
        if let Some(end) = child.try_wait().expect("the program is ours") {
            break end;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let wall = start.elapsed();
    assert!(end.success(), "{command:?}");
    (wall, most)
}
