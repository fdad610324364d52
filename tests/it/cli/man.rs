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
fn a_failure_tells_what_why_and_what_next_and_gives_scripts_one_document() {
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
