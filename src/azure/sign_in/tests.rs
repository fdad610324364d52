//! Stories of the chain: the real credentials against a fake Entra, a fake metadata endpoint and fake command lines.

use super::failure::SignInFailure;
use super::{SignInContext, SignInOptions};
use crate::azure::error::AzureError;
use crate::azure::fake::{FakeService, ScriptedReply, says};
use crate::azure::reader::Reader;
use crate::azure::transport::Http;
use async_trait::async_trait;
use azure_identity::Executor;
use std::ffi::OsStr;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Output};
use std::sync::{Arc, Mutex};

/// Replaces `az` and `azd`.
#[derive(Debug)]
struct Commands {
    az: Result<&'static str, &'static str>,
    ran: Mutex<Vec<String>>,
}

impl Commands {
    fn new(az: Result<&'static str, &'static str>) -> Arc<Self> {
        Arc::new(Self {
            az,
            ran: Mutex::default(),
        })
    }

    /// Neither is installed.
    fn none() -> Arc<Self> {
        Self::new(Err("az: not found"))
    }
}

#[async_trait]
impl Executor for Commands {
    async fn run(&self, _: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
        let line = arguments[1].to_string_lossy().into_owned();
        let (code, stdout, stderr) = match self.az {
            Ok(stdout) if line.contains("az account") => (0, stdout, ""),
            Err(stderr) if line.contains("az account") => (1, "", stderr),
            _ => (127, "", "azd: not found"),
        };
        self.ran.lock().unwrap().push(line);
        Ok(Output {
            status: ExitStatus::from_raw(code << 8),
            stdout: stdout.into(),
            stderr: stderr.into(),
        })
    }
}

const AZ: &str = r#"{"accessToken":"from-az","expires_on":4102444800,"tokenType":"Bearer"}"#;
const SECRET: [(&str, &str); 3] = [
    ("AZURE_TENANT_ID", "contoso"),
    ("AZURE_CLIENT_ID", "app"),
    ("AZURE_CLIENT_SECRET", "hush-hush"),
];

fn granted(token: &str) -> ScriptedReply {
    says(
        200,
        format!(r#"{{"access_token":"{token}","expires_in":3600,"token_type":"Bearer"}}"#),
    )
}

async fn sign_in(
    fake: &FakeService,
    executor: Arc<Commands>,
    options: &SignInOptions,
    environment: &[(&str, &str)],
) -> Result<Reader, AzureError> {
    let context = SignInContext {
        http: Http::without_waits(),
        cloud: fake.cloud(),
        executor,
    };
    let environment = |name: &str| {
        let (_, value) = environment.iter().find(|(key, _)| *key == name)?;
        Some((*value).to_owned())
    };
    Reader::sign_in(context, options, environment).await
}

fn failure(outcome: Result<Reader, AzureError>) -> SignInFailure {
    match outcome {
        Err(AzureError::SignIn(failure)) => *failure,
        Err(other) => panic!("another error: {other}"),
        Ok(azure) => panic!("signed in with {}", azure.signed_in_with()),
    }
}

/// The token of the next request.
async fn bearer(azure: &Reader, fake: &FakeService) -> String {
    // What the service answers does not matter here.
    let _ = crate::azure::subscriptions::list(azure).await;
    fake.seen()
        .last()
        .unwrap()
        .header("authorization")
        .to_owned()
}

#[tokio::test]
async fn a_service_principal_signs_in_at_the_overridden_authority() {
    let fake = FakeService::in_turn([granted("from-entra")]).await;

    let azure = sign_in(&fake, Commands::none(), &SignInOptions::default(), &SECRET)
        .await
        .unwrap();

    assert_eq!(azure.signed_in_with(), "service principal");
    assert_eq!(bearer(&azure, &fake).await, "Bearer from-entra");
    assert_eq!(fake.lines()[0], "POST /contoso/oauth2/v2.0/token");
}

#[tokio::test]
async fn a_wrong_secret_does_not_fall_back_to_another_identity() {
    let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215]}"#;
    let fake = FakeService::in_turn([says(401, body)]).await;

    let outcome = sign_in(
        &fake,
        Commands::new(Ok(AZ)),
        &SignInOptions::default(),
        &SECRET,
    )
    .await;

    let failure = failure(outcome);
    assert_eq!(failure.tried.len(), 1);
    assert!(failure.tried[0].problem.why().contains("AADSTS7000215"));
    assert!(
        failure.problem().next_steps()[0]
            .line()
            .contains("not its id")
    );
    assert!(!format!("{failure} {failure:?}").contains("hush"));
}

#[tokio::test]
async fn an_entra_that_gives_no_verdict_is_no_reason_to_sign_in_again() {
    let cases = [
        (
            says(429, "{}").with("retry-after", "99999999999999"),
            "asks to wait more than a day",
        ),
        (says(503, "{}").with("retry-after", "20"), "internal error"),
        (says(302, "").with("location", "/"), "redirect"),
        (says(200, "<html>"), "sign-in page"),
    ];
    for (answer, next) in cases {
        let fake = FakeService::in_turn([answer]).await;
        let options = SignInOptions::default();

        let outcome = sign_in(&fake, Commands::none(), &options, &SECRET).await;

        let failure = failure(outcome);

        let problem = failure.problem();
        let steps = problem.next_steps();
        assert_eq!(steps.len(), 1, "{steps:?}");
        assert!(steps[0].line().contains(next), "{steps:?}");
        assert!(fake.lines().len() < 30, "{next}");
    }
}

#[tokio::test]
async fn an_entra_that_is_busy_for_a_moment_is_asked_again() {
    let fake = FakeService::in_turn([says(503, ""), granted("from-entra")]).await;

    let azure = sign_in(&fake, Commands::none(), &SignInOptions::default(), &SECRET).await;

    assert_eq!(azure.unwrap().signed_in_with(), "service principal");
}

#[tokio::test]
async fn the_azure_cli_gets_the_given_tenant() {
    let fake = FakeService::in_turn([says(500, "")]).await;
    let commands = Commands::new(Ok(AZ));
    let options = SignInOptions {
        tenant: Some("contoso.example".into()),
        ..SignInOptions::default()
    };

    let azure = sign_in(&fake, Arc::clone(&commands), &options, &[])
        .await
        .unwrap();

    assert_eq!(azure.signed_in_with(), "Azure CLI");
    assert_eq!(bearer(&azure, &fake).await, "Bearer from-az");
    let ran = commands.ran.lock().unwrap();
    assert_eq!(ran.len(), 1, "the token that proved the sign-in is kept");
    assert!(ran[0].contains("--tenant contoso.example"));
}

#[tokio::test]
async fn an_end_of_a_token_that_is_no_time_is_refused() {
    for (output, words) in [
        // The year 99999, in seconds.
        (
            r#"{"accessToken":"a","tokenType":"Bearer","expires_on":3093496473600}"#,
            "expires_on",
        ),
        (
            r#"{"accessToken":"a","tokenType":"Bearer","expires_on":9223372036854775807}"#,
            "expires_on",
        ),
        (
            r#"{"accessToken":"a","tokenType":"Bearer","expires_on":9223372036854775808}"#,
            "9223372036854775808",
        ),
        (
            r#"{"accessToken":"a","tokenType":"Bearer","expires_on":-9223372036854775808}"#,
            "expires_on",
        ),
        (
            r#"{"accessToken":"a","tokenType":"Bearer","expires_on":-1}"#,
            "impossible expiry time",
        ),
        (
            r#"{"accessToken":"a","tokenType":"Bearer","expires_on":0}"#,
            "impossible expiry time",
        ),
        (
            r#"{"accessToken":"a","tokenType":"Bearer","expires_on":"tomorrow"}"#,
            "tomorrow",
        ),
        (
            r#"{"accessToken":"a","tokenType":"Bearer","expires_on":1e400}"#,
            "number out of range",
        ),
        (
            r#"{"accessToken":"a","tokenType":"Bearer","expiresOn":"99999-01-01 00:00:00.000000"}"#,
            "expires_on",
        ),
    ] {
        let fake = FakeService::in_turn([says(500, "")]).await;
        let options = SignInOptions::default();
        let only_az = [("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")];

        let outcome = sign_in(&fake, Commands::new(Ok(output)), &options, &only_az).await;

        let tried = failure(outcome).tried;
        let of_az = tried.iter().find(|one| one.name == "Azure CLI").unwrap();
        assert!(of_az.problem.why().contains(words), "{output}: {tried:?}");
    }
}

#[tokio::test]
async fn when_none_works_each_reports_why_and_its_command() {
    let fake = FakeService::in_turn([says(500, "")]).await;
    let closed = FakeService::in_turn([says(500, "")]).await.base.clone();
    let mut context = SignInContext {
        http: Http::without_waits(),
        cloud: fake.cloud(),
        executor: Commands::new(Err("ERROR: Please run 'az login' to setup account.")),
    };
    context.cloud.instance_metadata = closed;
    context.cloud.instance_metadata.set_port(Some(1)).unwrap();

    let outcome = Reader::sign_in(context, &SignInOptions::default(), |_| None).await;

    let failure = failure(outcome);
    assert_eq!(
        failure.problem().reasons(),
        [
            "Azure CLI: ERROR: Please run 'az login' to setup account.",
            "Azure Developer CLI: azd not found on PATH",
            "managed identity: this machine has no metadata endpoint",
        ]
    );
    assert!(
        failure
            .problem()
            .next_steps()
            .iter()
            .any(|step| step.line().ends_with("az login"))
    );
}

#[tokio::test]
async fn a_pod_signs_in_with_the_token_in_its_file() {
    let fake = FakeService::in_turn([granted("for-pod")]).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    std::fs::write(&file, "service.account.token\n").unwrap();
    let environment = [
        ("AZURE_TENANT_ID", "contoso"),
        ("AZURE_CLIENT_ID", "app"),
        ("AZURE_FEDERATED_TOKEN_FILE", file.to_str().unwrap()),
    ];

    let azure = sign_in(
        &fake,
        Commands::none(),
        &SignInOptions::default(),
        &environment,
    )
    .await
    .unwrap();

    assert_eq!(azure.signed_in_with(), "workload identity");
    let body = &fake.seen()[0].body;
    let sent = body
        .split('&')
        .find(|part| part.starts_with("client_assertion="));
    assert_eq!(sent, Some("client_assertion=service.account.token"));
}

#[tokio::test]
async fn a_virtual_machine_signs_in_once_its_metadata_endpoint_is_found() {
    let body = r#"{"access_token":"from-imds","expires_on":"4102444800","token_type":"Bearer","resource":"r"}"#;
    let fake = FakeService::in_turn([says(200, body)]).await;
    let environment = [("AZURE_CLIENT_ID", "identity")];

    let azure = sign_in(
        &fake,
        Commands::none(),
        &SignInOptions::default(),
        &environment,
    )
    .await
    .unwrap();

    assert_eq!(azure.signed_in_with(), "managed identity");
    let seen = &fake.seen()[0];
    assert!(seen.is("GET /metadata/identity/oauth2/token?"));
    assert!(seen.line.contains("client_id=identity"));
    assert_eq!(seen.header("metadata"), "true");
}

#[tokio::test]
async fn a_machine_with_several_identities_asks_to_choose_one() {
    let body = r#"{"error":"invalid_request","error_description":"Multiple user assigned identities exist, please specify the clientId"}"#;
    let fake = FakeService::in_turn([says(400, body)]).await;
    let environment = [("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")];

    let outcome = sign_in(
        &fake,
        Commands::none(),
        &SignInOptions::default(),
        &environment,
    )
    .await;

    assert!(
        failure(outcome).tried[0]
            .problem
            .why()
            .contains("please specify the clientId")
    );
}

#[tokio::test]
async fn claims_are_presented_with_the_secret() {
    let fake = FakeService::new(|seen, before| match (seen.is("POST"), before) {
        (true, 0) => granted("first"),
        (true, _) => granted("second"),
        _ if seen.header("authorization") == "Bearer second" => says(200, r#"{"value":[]}"#),
        _ => says(401, "{}").with("www-authenticate", r#"Bearer claims="eyJhIjoxfQ==""#),
    })
    .await;
    let azure = sign_in(&fake, Commands::none(), &SignInOptions::default(), &SECRET)
        .await
        .unwrap();

    let listed = crate::azure::subscriptions::list(&azure).await;

    assert!(listed.unwrap().is_empty());
    assert!(fake.seen()[2].body.contains("claims=%7B%22a%22%3A1%7D"));
}

#[tokio::test]
async fn claims_that_only_a_person_can_answer_become_a_login_to_type() {
    let fake = FakeService::in_turn([
        says(401, "{}").with("www-authenticate", r#"Bearer claims="eyJhIjoxfQ==""#)
    ])
    .await;
    let azure = sign_in(&fake, Commands::new(Ok(AZ)), &SignInOptions::default(), &[])
        .await
        .unwrap();

    let error = crate::azure::subscriptions::list(&azure).await.unwrap_err();

    assert!(
        matches!(error, AzureError::SignIn(failure) if failure.problem().next_steps()[0].line().contains("--claims-challenge eyJhIjoxfQ=="))
    );
}
