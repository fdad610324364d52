//! Is an application that has our name ours? A mark can be copied by everybody who may register applications, so that
//! owners and credentials decide: only the signed-in caller may be able to change it or to sign in as it.

use super::secret_name;
use crate::azure::application_control::ApplicationControl;
use crate::facts::{Application, ListedSecret};
use crate::problem::Problem;
use crate::spec::command_line::option;
use crate::spec::ids::PrincipalId;

/// Why this application is not taken for ours; empty when it is. `is_held` recognises our own secrets.
pub(super) fn doubts(
    application: &Application,
    control: &ApplicationControl,
    caller: Option<&PrincipalId>,
    is_held: impl Fn(&ListedSecret) -> bool,
) -> Vec<String> {
    let mut doubts = Vec::new();
    if !application.is_marked() {
        doubts.push("amw-rw did not make it".to_owned());
    }
    let others: Vec<&str> = control
        .owners
        .iter()
        // Graph makes the user who registers an application its owner.
        .filter(|owner| Some(&owner.id) != caller)
        .map(|owner| owner.label())
        .collect();
    if !others.is_empty() {
        doubts.push(format!("it is owned by {}", others.join(", ")));
    }
    let secrets = control.secrets.iter().filter(|note| !is_held(note));
    let credentials: Vec<String> = secrets
        .map(secret_label)
        .chain(control.other_credentials.iter().cloned())
        .collect();
    if !credentials.is_empty() {
        doubts.push(format!(
            "others can sign in as it with {}",
            credentials.join(", ")
        ));
    }
    doubts
}

fn secret_label(note: &ListedSecret) -> String {
    let name = note.name.as_deref().unwrap_or("without a name");
    let ends = note
        .ends
        .map(|end| format!(", valid until {}", end.strftime("%Y-%m-%d")))
        .unwrap_or_default();
    let maker = match secret_name::is_ours(name) {
        true => "made by amw-rw for another folder or machine, ",
        false => "",
    };
    format!("client secret `{name}` ({maker}id {}{ends})", note.key_id)
}

/// Why none of these applications is used; the user has to name one.
pub(super) fn refusal(doubted: &[(Application, Vec<String>)]) -> Problem {
    let mut refusal = Problem::default();
    for (application, doubts) in doubted {
        refusal = refusal.reason(format!(
            "client id {} has that name, but {}",
            application.client_id,
            doubts.join("; ")
        ));
    }
    for (application, _) in doubted {
        refusal = refusal.next(format!(
            "if you trust this application and its owners, name it: {}",
            option("--identity", &application.client_id)
        ));
    }
    refusal.next("or create another one: --identity NAME")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CALLER: &str = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";
    const OTHER: &str = "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb";

    fn application(tags: &[&str]) -> Application {
        let document =
            json!({ "id": OTHER, "appId": OTHER, "displayName": "amw-rw-prod", "tags": tags });
        serde_json::from_value(document).unwrap()
    }

    fn owned_by(owner: &str) -> ApplicationControl {
        ApplicationControl {
            owners: vec![
                serde_json::from_value(json!({ "id": owner, "displayName": owner })).unwrap(),
            ],
            ..ApplicationControl::default()
        }
    }

    fn secret(name: &str) -> ListedSecret {
        ListedSecret {
            key_id: "k".into(),
            name: Some(name.into()),
            hint: None,
            starts: None,
            ends: None,
        }
    }

    fn judge(tags: &[&str], control: &ApplicationControl) -> Vec<String> {
        let caller = PrincipalId::parse(CALLER).unwrap();
        doubts(&application(tags), control, Some(&caller), |note| {
            note.name.as_deref() == Some("held")
        })
    }

    #[test]
    fn our_tag_without_other_owners_makes_it_ours() {
        let control = ApplicationControl {
            secrets: vec![secret("held")],
            ..owned_by(CALLER)
        };

        assert!(judge(&["amw-rw"], &control).is_empty());
    }

    #[test]
    fn a_copied_mark_does_not_make_the_application_of_another_owner_ours() {
        let doubts = judge(&["amw-rw"], &owned_by(OTHER));

        assert_eq!(doubts, [format!("it is owned by {OTHER}")]);
    }

    #[test]
    fn a_credential_that_we_do_not_hold_is_named() {
        let control = ApplicationControl {
            secrets: vec![secret("planted")],
            other_credentials: vec!["certificate `CN=x`".into()],
            ..owned_by(CALLER)
        };

        let doubts = judge(&["amw-rw"], &control);

        assert_eq!(
            doubts,
            ["others can sign in as it with client secret `planted` (id k), certificate `CN=x`"]
        );
    }

    #[test]
    fn an_application_of_the_user_that_happens_to_have_the_name_is_not_taken() {
        assert_eq!(judge(&[], &owned_by(CALLER)), ["amw-rw did not make it"]);
    }
}
