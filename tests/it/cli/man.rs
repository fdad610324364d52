use std::fs;
use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use crate::support::World;

#[test]
fn the_manual_page_goes_to_stdout() {
    let world = World::new();

    let page = world.run_alone("man").succeeds();

    assert!(page.stdout().contains(".TH amw-rw 1"), "{}", page.stdout());
}

#[test]
fn a_directory_gets_a_page_per_command() {
    let world = World::new();

    world.run_alone("man --dir share/man1").succeeds();

    let page = world.path("share/man1/amw-rw-completions.1");
    assert!(page.is_file());
}

#[test]
fn only_pages_of_an_earlier_run_are_replaced() {
    let world = World::new();
    world.run_alone("man --dir pages").succeeds();
    world.run_alone("man --dir pages").succeeds();
    let page = world.path("pages/amw-rw-init.1");
    let notes = world.path("notes");
    fs::write(&notes, "mine").unwrap();
    fs::remove_file(&page).unwrap();

    symlink(&notes, &page).unwrap();
    world.run_alone("man --dir pages").ends_with(1);
    fs::remove_file(&page).unwrap();
    fs::write(&page, "mine").unwrap();
    let refused = world.run_alone("man --dir pages").ends_with(1);

    refused.mentions(&["amw-rw-init.1 exists and is no manual page of amw-rw"]);
    assert_eq!(world.read("notes"), "mine");
    assert_eq!(fs::read_to_string(&page).unwrap(), "mine");
}

#[test]
fn a_failure_has_what_why_and_next_and_one_document_for_scripts() {
    let world = World::new();

    let failed = world
        .run_alone("man --dir /dev/null/pages -o json")
        .ends_with(1);

    assert_snapshot!(failed.stderr(), @r"
    error: cannot write manual pages to /dev/null/pages
      because: Not a directory (os error 20)
      next:    choose a directory that you may write to
    ");
    let document: serde_json::Value = serde_json::from_str(failed.stdout()).unwrap();
    assert_eq!(document["schema"], "amw-rw/error/v1");
    assert_eq!(document["exit_code"], 1);
}
