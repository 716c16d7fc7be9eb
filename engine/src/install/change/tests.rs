//! Changes of files: put back on a full disk, through a crash, and never through a link.

use super::*;
use crate::tls_store::{Access, Pair, Place};
use std::fs;
use tempfile::TempDir;

struct Scene {
    dir: TempDir,
    view: View,
}

impl Scene {
    /// A view with generations 1 and 2 of alice.test, of which the first is in place and proved.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let view = Place::new(&dir.path().join("tls"), "service", Access::default(), None).open().unwrap();
        for generation in 1..=2_u32 {
            let pair = Pair { chain: &format!("chain {generation}\n"), key: "key\n" };
            view.put("alice.test", generation.into(), pair, None).unwrap();
        }
        view.set_current("alice.test", Some(1.into())).unwrap();
        view.set_proved("alice.test", 1.into()).unwrap();
        view.assign("alice.test", Some("alice.test")).unwrap();
        Self { dir, view }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn text(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    fn wanted(&self, files: &[(&str, Option<&str>)]) -> Wanted {
        let file = |(name, text): &(&str, Option<&str>)| {
            let text = text.map(str::to_owned);
            (self.path(name), FileText { text, mode: 0o644, website: Some((*name).to_owned()) })
        };
        Wanted {
            generations: BTreeMap::from([("alice.test".to_owned(), 2.into())]),
            names: BTreeMap::from([("www.alice.test".to_owned(), Some("alice.test".to_owned()))]),
            files: files.iter().map(file).collect(),
        }
    }

    /// The names in the directory that are not the store's.
    fn files(&self) -> Vec<String> {
        let entries =
            fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = entries.filter(|name| name != "tls").collect();
        names.sort();
        names
    }

    fn is_as_before(&self) -> bool {
        self.view.current("alice.test").unwrap() == Some(1.into())
            && self.view.website_of("www.alice.test").is_none()
            && self.view.website_of("alice.test").as_deref() == Some("alice.test")
    }
}

#[test]
fn what_is_wanted_is_put_in_place_and_can_be_put_back() {
    let scene = Scene::new();
    fs::write(scene.path("old"), "old 1").unwrap();
    fs::write(scene.path("gone"), "gone").unwrap();
    let mut change = Change::new(&scene.view);
    let wanted = scene.wanted(&[("old", Some("old 2")), ("new", Some("new")), ("gone", None)]);

    assert_eq!(change.apply(&wanted), Ok(true));
    assert_eq!(
        (scene.text("old").as_deref(), scene.text("new").as_deref(), scene.text("gone")),
        (Some("old 2"), Some("new"), None)
    );
    assert_eq!(scene.view.current("alice.test").unwrap(), Some(2.into()));
    assert_eq!(scene.view.website_of("www.alice.test").as_deref(), Some("alice.test"));
    assert_eq!(change.apply(&wanted), Ok(false), "it stands already");
    assert_eq!(change.before(&scene.path("old")).as_deref(), Some("old 1"));

    change.restore();
    assert!(scene.is_as_before());
    assert_eq!(
        (scene.text("old").as_deref(), scene.text("new"), scene.text("gone").as_deref()),
        (Some("old 1"), None, Some("gone"))
    );
    change.keep();
    assert_eq!(scene.files(), ["gone", "old"]);
}

#[test]
fn what_is_not_wanted_any_more_is_as_before() {
    let scene = Scene::new();
    fs::write(scene.path("a"), "a 1").unwrap();
    let mut change = Change::new(&scene.view);
    change.apply(&scene.wanted(&[("a", Some("a 2")), ("b", Some("b"))])).unwrap();
    let fewer = Wanted { files: scene.wanted(&[("b", Some("b"))]).files, ..Wanted::default() };
    assert_eq!(change.apply(&fewer), Ok(true));
    assert!(scene.is_as_before());
    assert_eq!((scene.text("a").as_deref(), scene.text("b").as_deref()), (Some("a 1"), Some("b")));
    change.keep();
    assert_eq!(scene.files(), ["a", "b"]);
}

#[test]
fn a_file_that_cannot_be_written_is_told_and_nothing_is_changed() {
    let scene = Scene::new();
    fs::write(scene.path("a"), "a 1").unwrap();
    fs::create_dir(scene.path("b")).unwrap();
    let mut change = Change::new(&scene.view);
    let troubles = change.apply(&scene.wanted(&[("a", Some("a 2")), ("b", Some("b"))])).unwrap_err();
    assert_eq!(troubles.len(), 1);
    assert_eq!(troubles[0].website.as_deref(), Some("b"));
    assert!(troubles[0].detail.ends_with("b is no file"), "{}", troubles[0].detail);
    assert!(scene.is_as_before());
    assert_eq!(scene.text("a").as_deref(), Some("a 1"));
    change.restore();
    change.keep();
    assert_eq!(scene.files(), ["a", "b"]);
}

#[test]
fn a_change_that_was_interrupted_is_gone_back_from_to_what_was_before_it() {
    let scene = Scene::new();
    fs::write(scene.path("a"), "a 1").unwrap();
    Change::new(&scene.view).apply(&scene.wanted(&[("a", Some("a 2"))])).unwrap();

    let mut change = Change::new(&scene.view);
    assert_eq!(change.apply(&scene.wanted(&[("a", Some("a 3"))])), Ok(true));
    assert_eq!(change.before(&scene.path("a")).as_deref(), Some("a 1"));
    change.restore();
    change.keep();
    assert_eq!(scene.view.current("alice.test").unwrap(), Some(1.into()), "the second generation was never proved");
    assert_eq!(scene.text("a").as_deref(), Some("a 1"));
    assert_eq!(scene.files(), ["a"]);
}

#[test]
fn a_link_in_place_of_a_file_is_not_followed() {
    let scene = Scene::new();
    fs::write(scene.path("secret"), "secret").unwrap();
    std::os::unix::fs::symlink(scene.path("secret"), scene.path("a")).unwrap();
    let mut change = Change::new(&scene.view);
    let troubles = change.apply(&scene.wanted(&[("a", Some("a"))])).unwrap_err();
    assert!(troubles[0].detail.ends_with("a is a symbolic link"), "{}", troubles[0].detail);
    assert_eq!(scene.text("secret").as_deref(), Some("secret"));
}
