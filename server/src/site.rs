//! The browser's files: where they are, which of them never change, and what Leptos must know of them.
//!
//! Building them is left to `cargo xtask front` (or cargo-leptos); sending them to `router::files`.

use leptos::config::LeptosOptions;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// The base name of the front's files, which the front's build uses too.
const OUTPUT_NAME: &str = match option_env!("LEPTOS_OUTPUT_NAME") {
    Some(name) => name,
    None => "autossl",
};
const PACKAGE_DIR: &str = "pkg";
const HASH_FILE: &str = "hash.txt";
/// Base name of the script that loads parts of the program, and of the list of parts that each page needs.
const LOADER: &str = "__wasm_split";
const MANIFEST: &str = "__wasm_split_manifest";
const SYSTEM_ROOT: &str = "/usr/share/autossl/site";

/// The browser's files.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The directory to serve from, if there is one.
    pub(crate) root: Option<PathBuf>,
    /// What Leptos must know.
    pub(crate) options: LeptosOptions,
    /// Paths (`/pkg/…`) whose content is named by a hash in them.
    hashed: HashSet<String>,
}

impl Site {
    /// Find the files: the configured directory, `LEPTOS_SITE_ROOT`, `site` beside the program, or the system's directory.
    ///
    /// Without any, pages still work as plain HTML; that is logged.
    pub(crate) fn find(configured: Option<&Path>) -> Self {
        let named = std::env::var_os("LEPTOS_SITE_ROOT").map(PathBuf::from);
        // A developer's build looks where `cargo xtask front` and cargo-leptos put it.
        let checkout = cfg!(debug_assertions).then(|| PathBuf::from("target/site"));
        let system = Some(PathBuf::from(SYSTEM_ROOT));
        let candidates = [configured.map(Path::to_owned), named, beside_program("site"), checkout, system];
        let root = candidates.into_iter().flatten().find(|path| path.is_dir());
        let Some(root) = root else {
            tracing::warn!(
                "no front build was found: pages work without JavaScript; build it with `cargo xtask front`"
            );
            return Self { root: None, options: options(Path::new("."), None), hashed: HashSet::new() };
        };
        Self::open(root)
    }

    /// Use the files in `root`, with hashed names where `hash.txt` names files that exist.
    fn open(root: PathBuf) -> Self {
        let beside_root = root.parent().map(|parent| parent.join(HASH_FILE));
        let candidates = [Some(root.join(HASH_FILE)), beside_root, beside_program(HASH_FILE)];
        let found = candidates.into_iter().flatten().find_map(|path| Some((hashed_names(&path, &root)?, path)));
        let (hashed, hash_file) = found.map_or_else(Default::default, |(names, path)| (names, Some(path)));
        if hash_file.is_none() && !root.join(PACKAGE_DIR).join(format!("{OUTPUT_NAME}.js")).is_file() {
            tracing::warn!(
                site.root = %root.display(),
                "the front build is incomplete: pages work without JavaScript; build it with `cargo xtask front`"
            );
        }
        Self { options: options(&root, hash_file.as_deref()), root: Some(root), hashed }
    }

    /// Tell whether the content at a path can never change.
    pub(crate) fn is_immutable(&self, path: &str) -> bool {
        self.hashed.contains(path)
    }
}

fn beside_program(name: &str) -> Option<PathBuf> {
    std::env::current_exe().ok()?.parent().map(|parent| parent.join(name))
}

/// Read `hash.txt`; `None` where it is missing or left over from another build.
fn hashed_names(hash_file: &Path, root: &Path) -> Option<HashSet<String>> {
    let text = std::fs::read_to_string(hash_file).ok()?;
    let package = root.join(PACKAGE_DIR);
    let mut names = Vec::new();
    for (kind, hash) in text.lines().filter_map(|line| line.trim().split_once(':')) {
        let hash = hash.trim();
        match kind {
            "split" => names.push(format!("{LOADER}.{hash}.js")),
            "manifest" => {
                let name = format!("{MANIFEST}.{hash}.json");
                names.extend(parts(&package.join(&name))?);
                names.push(name);
            }
            extension => names.push(format!("{OUTPUT_NAME}.{hash}.{extension}")),
        }
    }
    let complete = !names.is_empty() && names.iter().all(|name| package.join(name).is_file());
    complete.then(|| names.iter().map(|name| format!("/{PACKAGE_DIR}/{name}")).collect())
}

/// Read the names of the parts that pages load; `None` where the list cannot be read.
fn parts(manifest: &Path) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(manifest).ok()?;
    let pages: HashMap<String, Vec<String>> = serde_json::from_str(&text).ok()?;
    Some(pages.into_values().flatten().map(|part| format!("{part}.wasm")).collect())
}

fn options(root: &Path, hash_file: Option<&Path>) -> LeptosOptions {
    let builder = LeptosOptions::builder()
        .output_name(OUTPUT_NAME)
        .site_root(root.to_string_lossy().as_ref())
        .site_pkg_dir(PACKAGE_DIR)
        .reload_port(reload_port());
    match hash_file {
        // Leptos joins this to the program's directory, which an absolute path replaces.
        Some(path) => {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            builder.hash_files(true).hash_file(path.to_string_lossy().into()).build()
        }
        None => builder.build(),
    }
}

/// cargo-leptos says where its watcher listens; elsewhere it matters to nobody.
fn reload_port() -> u32 {
    std::env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3001)
}

#[cfg(test)]
mod tests {
    use super::Site;

    #[test]
    fn hashed_names_count_only_while_their_files_exist() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path().join("site");
        std::fs::create_dir_all(root.join("pkg")).expect("a directory");
        std::fs::write(root.join("hash.txt"), "js: AAA\nwasm: BBB\n").expect("a file");
        let stale = Site::open(root.clone());
        assert!(!stale.options.hash_files);
        std::fs::write(root.join("pkg/autossl.AAA.js"), "").expect("a file");
        std::fs::write(root.join("pkg/autossl.BBB.wasm"), "").expect("a file");
        let site = Site::open(root);
        assert!(site.options.hash_files);
        assert!(site.is_immutable("/pkg/autossl.AAA.js"));
        assert!(!site.is_immutable("/pkg/autossl.js"));
    }

    #[test]
    fn the_parts_that_pages_load_never_change_either() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path().join("site");
        std::fs::create_dir_all(root.join("pkg")).expect("a directory");
        let files = [
            ("hash.txt", "js: A\nsplit: A\nmanifest: B\n"),
            ("pkg/autossl.A.js", ""),
            ("pkg/__wasm_split.A.js", ""),
            ("pkg/__wasm_split_manifest.B.json", r#"{"users": ["chunk_1.C", "split_users.D"]}"#),
            ("pkg/chunk_1.C.wasm", ""),
        ];
        for (name, content) in files {
            std::fs::write(root.join(name), content).expect("a file");
        }
        assert!(!Site::open(root.clone()).options.hash_files, "a part is missing");
        std::fs::write(root.join("pkg/split_users.D.wasm"), "").expect("a file");
        let site = Site::open(root);
        for path in ["/pkg/chunk_1.C.wasm", "/pkg/split_users.D.wasm", "/pkg/__wasm_split.A.js"] {
            assert!(site.is_immutable(path), "{path}");
        }
    }
}
