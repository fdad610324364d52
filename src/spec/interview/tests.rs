use super::found::{ListedCluster, ListedPrometheus, ListedSubscription, ListedWorkspace};
use super::*;
use crate::spec::choices::SignIn;
use crate::spec::ids::{Region, ResourceId, SubscriptionId};
use crate::spec::platform::{Platform, samples};
use crate::target::Target;

const SUBSCRIPTION: &str = "11111111-1111-1111-1111-111111111111";

fn begin(asking: InterviewMode, flags: &ConnectionAnswers) -> Interview {
    Interview::new(
        asking,
        Answers::from_flags(flags),
        Some(SUBSCRIPTION.to_owned()),
    )
}

fn resource(group: &str, kind: &str, name: &str) -> ResourceId {
    ResourceId::group(&SubscriptionId::parse(SUBSCRIPTION).unwrap(), group).resource(kind, name)
}

fn cluster(group: &str, name: &str) -> ListedCluster {
    ListedCluster {
        platform: Platform::Aks {
            cluster: resource(group, "Microsoft.ContainerService/managedClusters", name),
            region: Region::parse("westeurope").unwrap(),
        },
        current: false,
    }
}

fn workspace(name: &str, region: &str) -> ListedWorkspace {
    ListedWorkspace {
        id: resource("rg-shared", "Microsoft.Monitor/accounts", name),
        region: Region::parse(region).unwrap(),
    }
}

fn operator() -> ListedPrometheus {
    ListedPrometheus {
        choice: "monitoring/kps".parse().unwrap(),
        about: "kube-prometheus-stack, Prometheus 3.14.0".into(),
        targets: vec![Target::KubePrometheusStack],
        refuses: Vec::new(),
    }
}

/// Shows one cluster, one Prometheus, no workspace and no file, and returns the next question.
fn one_of_each(interview: &mut Interview) -> Option<Question> {
    look(
        interview,
        &[cluster("rg-prod", "aks-prod")],
        &[operator()],
        &[],
    )
}

fn look(
    interview: &mut Interview,
    clusters: &[ListedCluster],
    prometheus: &[ListedPrometheus],
    workspaces: &[ListedWorkspace],
) -> Option<Question> {
    loop {
        match interview.next() {
            NextAction::Look(Lookup::Clusters) => {
                interview.record_lookup(LookupResult::Clusters(clusters.to_vec()));
            }
            NextAction::Look(Lookup::Prometheus) => {
                interview.record_lookup(LookupResult::Prometheus(prometheus.to_vec()));
            }
            NextAction::Look(Lookup::Workspaces) => {
                interview.record_lookup(LookupResult::Workspaces(workspaces.to_vec()));
            }
            NextAction::Look(Lookup::Files) => {
                interview.record_lookup(LookupResult::Files(Vec::new()));
            }
            NextAction::Look(Lookup::Subscriptions) => unreachable!("the subscription was given"),
            NextAction::Ask(question) => return Some(question),
            NextAction::Nothing(_) | NextAction::Done => return None,
        }
    }
}

fn labels(question: &Question) -> Vec<&str> {
    match &question.form {
        AnswerForm::Choose { choices, .. } => {
            choices.iter().map(|one| one.label.as_str()).collect()
        }
        AnswerForm::Type(_) => Vec::new(),
    }
}

/// The answer that a line of text gives.
fn typed_answer(question: &Question, text: &str) -> UserAnswer {
    match &question.form {
        AnswerForm::Type(typed) => typed.read(text.to_owned()),
        AnswerForm::Choose { .. } => panic!("{question:?} is not answered by typing"),
    }
}

fn preferred(question: &Question) -> &str {
    match &question.form {
        AnswerForm::Choose { recommended, .. } => labels(question)[recommended.unwrap()],
        AnswerForm::Type(typed) => typed.default.as_ref().unwrap().shown(),
    }
}

#[test]
fn a_single_choice_is_taken_and_reported_and_the_first_question_is_the_sign_in() {
    let mut interview = begin(InterviewMode::Everything, &ConnectionAnswers::default());

    let question = one_of_each(&mut interview).unwrap();

    assert_eq!(question.topic, Topic::SignIn);
    assert_eq!(preferred(&question), "workload-identity");
    let news = interview.news();
    assert_eq!(
        news[0],
        (Topic::Cluster, "aks-prod (rg-prod, westeurope)".to_owned())
    );
    let sources: Vec<_> = interview
        .answers()
        .explained()
        .map(|(field, _, source)| (field, source))
        .collect();
    assert!(sources.contains(&("cluster", Source::Discovered)));
}

#[test]
fn what_a_flag_answered_is_not_asked() {
    let flags = ConnectionAnswers {
        auth: Some(SignIn::EntraSecret),
        ..Default::default()
    };
    let mut interview = begin(InterviewMode::Everything, &flags);

    let question = one_of_each(&mut interview).unwrap();

    assert_eq!(question.topic, Topic::Names);
}

#[test]
fn back_returns_to_the_last_question_that_was_asked_and_forgets_what_followed() {
    let mut interview = begin(InterviewMode::Everything, &ConnectionAnswers::default());
    let sign_in = one_of_each(&mut interview).unwrap();
    interview.answer(&sign_in, UserAnswer::Chosen(1));
    assert_eq!(one_of_each(&mut interview).unwrap().topic, Topic::Names);

    let went = interview.back();

    assert!(went);
    assert_eq!(one_of_each(&mut interview).unwrap().topic, Topic::SignIn);
    let given = interview.answers().given();
    assert_eq!(
        (given.auth, given.workspace, given.target),
        (None, None, None)
    );
    assert!(given.cluster.is_some());
}

#[test]
fn there_is_no_way_back_from_the_first_question() {
    let mut interview = begin(InterviewMode::Everything, &ConnectionAnswers::default());
    one_of_each(&mut interview);

    assert!(!interview.back());
}

#[test]
fn another_cluster_has_other_prometheus_servers() {
    let mut interview = begin(InterviewMode::Everything, &ConnectionAnswers::default());
    let two = [cluster("rg-a", "a"), cluster("rg-b", "b")];
    let which = look(&mut interview, &two, &[operator()], &[]).unwrap();
    interview.answer(&which, UserAnswer::Chosen(0));
    assert_eq!(interview.next(), NextAction::Look(Lookup::Prometheus));
    interview.record_lookup(LookupResult::Prometheus(vec![operator()]));

    interview.back();
    interview.answer(&which, UserAnswer::Chosen(1));

    assert_eq!(interview.next(), NextAction::Look(Lookup::Prometheus));
}

#[test]
fn two_clusters_of_one_name_are_distinguished_by_their_ids() {
    let mut interview = begin(InterviewMode::Everything, &ConnectionAnswers::default());
    let namesakes = [cluster("rg-a", "prod"), cluster("rg-b", "prod")];
    let which = look(&mut interview, &namesakes, &[], &[]).unwrap();
    assert_eq!(labels(&which), ["prod (rg-a)", "prod (rg-b)"]);

    interview.answer(&which, UserAnswer::Chosen(1));

    let Some(ClusterChoice::Id(id)) = interview.answers().given().cluster else {
        panic!("not an id")
    };
    assert_eq!(id.resource_group_name(), Some("rg-b"));
}

#[test]
fn a_version_without_workload_identity_gets_the_other_methods_and_the_reason() {
    let old = ListedPrometheus {
        refuses: vec![(
            SignIn::WorkloadIdentity,
            "it needs 3.7.0, this is 3.5.0".into(),
        )],
        ..operator()
    };
    let mut interview = begin(InterviewMode::Everything, &ConnectionAnswers::default());

    let clusters = [cluster("rg", "aks")];
    let question = look(&mut interview, &clusters, &[old], &[]).unwrap();

    assert_eq!(labels(&question), ["user-identity", "entra-secret"]);
    assert_eq!(
        question.reason,
        "not workload-identity: it needs 3.7.0, this is 3.5.0"
    );
}

#[test]
fn the_recommended_workspace_is_ours_then_the_only_one_nearby_then_a_new_one() {
    let flags = ConnectionAnswers {
        auth: Some(SignIn::UserIdentity),
        ..Default::default()
    };
    let recommended = |workspaces: &[ListedWorkspace]| {
        let mut interview = begin(InterviewMode::Everything, &flags);
        let clusters = [cluster("rg", "aks")];
        let question = look(&mut interview, &clusters, &[operator()], workspaces).unwrap();
        preferred(&question).to_owned()
    };

    let (near, far) = (workspace("near", "westeurope"), workspace("far", "eastus"));
    let ours = workspace("amw-aks", "eastus");
    assert_eq!(recommended(&[near.clone(), ours]), "amw-aks");
    assert_eq!(recommended(&[far.clone(), near.clone()]), "near");
    assert_eq!(recommended(&[far]), "amw-aks");
    assert_eq!(
        recommended(&[near, workspace("also", "westeurope")]),
        "amw-aks"
    );
}

#[test]
fn a_workspace_can_be_given_a_name_and_back_leads_to_the_list_again() {
    let flags = ConnectionAnswers {
        auth: Some(SignIn::UserIdentity),
        ..Default::default()
    };
    let mut interview = begin(InterviewMode::Everything, &flags);
    let shown = |interview: &mut Interview| {
        let far = [workspace("far", "eastus")];
        look(interview, &[cluster("rg", "aks")], &[operator()], &far).unwrap()
    };
    let list = shown(&mut interview);
    assert_eq!(labels(&list), ["far", "amw-aks", "another name ..."]);

    interview.answer(&list, UserAnswer::Chosen(2));
    let name = shown(&mut interview);
    assert_eq!(name.topic, Topic::WorkspaceName);
    interview.back();
    assert_eq!(shown(&mut interview).topic, Topic::Workspace);
    interview.answer(&list, UserAnswer::Chosen(2));
    interview.answer(&name, UserAnswer::Typed("team-metrics".into()));

    let workspace = interview.answers().given().workspace;
    assert_eq!(
        workspace,
        Some(WorkspaceChoice::Name("team-metrics".into()))
    );
}

#[test]
fn a_prometheus_yml_needs_no_question_about_target_and_file() {
    let flags = ConnectionAnswers {
        cluster: Some(ClusterChoice::Name("aks".into())),
        auth: Some(SignIn::EntraSecret),
        ..Default::default()
    };
    let mut interview = begin(InterviewMode::Everything, &flags);
    let file = look(&mut interview, &[], &[], &[]).unwrap();
    assert_eq!(file.topic, Topic::PrometheusFile);

    interview.answer(&file, UserAnswer::Typed("prometheus.yml".into()));

    let names = look(&mut interview, &[], &[], &[]).unwrap();
    interview.answer(&names, UserAnswer::Chosen(0));
    let next = look(&mut interview, &[], &[], &[]).unwrap();
    assert_eq!(next.topic, Topic::ClusterLabel);
}

#[test]
fn the_default_label_stays_a_default_and_another_one_is_an_answer() {
    let typed = |text: &str| {
        let mut interview = begin(InterviewMode::Everything, &ConnectionAnswers::default());
        let question = loop {
            let question = one_of_each(&mut interview).unwrap();
            if question.topic == Topic::ClusterLabel {
                break question;
            }
            interview.answer(&question, UserAnswer::Chosen(0));
        };
        let answer = typed_answer(&question, text);
        interview.answer(&question, answer);
        assert_eq!(interview.next(), NextAction::Done);
        interview.answers().given().cluster_label
    };

    assert_eq!(typed("aks-prod"), None);
    assert_eq!(typed("prod"), Some("prod".to_owned()));
}

#[test]
fn without_a_terminal_all_missing_answers_are_listed_at_once() {
    let answers = Answers::from_flags(&ConnectionAnswers::default());
    let mut interview = Interview::new(InterviewMode::Nothing, answers, None);
    assert_eq!(interview.next(), NextAction::Look(Lookup::Subscriptions));
    let found = ["dev", "prod"].map(|name| ListedSubscription {
        id: SubscriptionId::parse(SUBSCRIPTION).unwrap(),
        name: name.to_owned(),
        current: false,
    });

    interview.record_lookup(LookupResult::Subscriptions(found.to_vec()));

    assert_eq!(interview.next(), NextAction::Done);
    let missing = interview.missing();
    let flags: Vec<&str> = missing.iter().map(|(flag, _)| *flag).collect();
    assert_eq!(flags, ["--subscription", "--cluster", "--prometheus"]);
    assert_eq!(missing[0].1, "one of: dev, prod");
}

#[test]
fn without_anybody_there_defaults_are_left_to_the_defaults() {
    let mut interview = begin(InterviewMode::Nothing, &ConnectionAnswers::default());

    let question = one_of_each(&mut interview);

    assert_eq!(question, None);
    assert!(interview.missing().is_empty());
    let given = interview.answers().given();
    assert!(given.cluster.is_some() && given.prometheus.is_some());
    assert_eq!((given.auth, given.workspace, given.out), (None, None, None));
}

#[test]
fn with_yes_on_a_terminal_only_the_undecidable_is_asked() {
    let mut interview = begin(InterviewMode::OnlyNeeded, &ConnectionAnswers::default());
    let two = [cluster("rg-a", "a"), cluster("rg-b", "b")];

    let which = look(&mut interview, &two, &[operator()], &[]).unwrap();
    assert_eq!(which.topic, Topic::Cluster);
    interview.answer(&which, UserAnswer::Chosen(0));

    assert_eq!(look(&mut interview, &two, &[operator()], &[]), None);
    assert_eq!(interview.next(), NextAction::Done);
}

#[test]
fn no_cluster_at_all_is_nothing_to_choose_from() {
    let mut interview = begin(InterviewMode::Everything, &ConnectionAnswers::default());
    interview.next();

    interview.record_lookup(LookupResult::Clusters(Vec::new()));

    assert_eq!(interview.next(), NextAction::Nothing(Lookup::Clusters));
}

#[test]
fn a_file_that_is_offered_as_patched_is_written_and_a_path_may_have_its_prefix() {
    let flags = ConnectionAnswers {
        auth: Some(SignIn::EntraSecret),
        ..Default::default()
    };
    for typed in ["conf/values.yaml", "file:conf/values.yaml"] {
        let mut interview = begin(InterviewMode::Everything, &flags);
        let names = one_of_each(&mut interview).unwrap();
        interview.answer(&names, UserAnswer::Chosen(0));
        let question = one_of_each(&mut interview).unwrap();
        let other = labels(&question).len() - 1;
        interview.answer(&question, UserAnswer::Chosen(other));
        let question = one_of_each(&mut interview).unwrap();
        interview.answer(&question, UserAnswer::Typed(typed.to_owned()));

        let given = interview.answers().given();
        assert_eq!(given.input, Some("conf/values.yaml".into()));
        assert_eq!(given.out, given.input);
    }
}

#[test]
fn the_place_of_the_result_is_asked_where_only_the_file_is_named() {
    let flags = ConnectionAnswers {
        auth: Some(SignIn::EntraSecret),
        workspace: Some("amw".parse().unwrap()),
        resource_group: Some("rg".to_owned()),
        location: Some(Region::parse("westeurope").unwrap()),
        identity: Some("app".parse().unwrap()),
        target: Some(Target::KubePrometheusStack),
        input: Some("v.yaml".into()),
        ..Default::default()
    };
    let asked = |mode, flags: &ConnectionAnswers| {
        let mut interview = begin(mode, flags);
        let question = one_of_each(&mut interview);
        (interview, question.map(|question| question.topic))
    };
    let answered = |choice| {
        let mut interview = begin(InterviewMode::Everything, &flags);
        let question = one_of_each(&mut interview).unwrap();
        interview.answer(&question, UserAnswer::Chosen(choice));
        interview
    };

    for (choice, out) in [(0, "v.yaml"), (2, "-")] {
        assert_eq!(answered(choice).answers().given().out, Some(out.into()));
    }
    let mut interview = answered(1);
    let question = one_of_each(&mut interview).unwrap();
    assert_eq!(question.topic, Topic::OutputFile);
    interview.answer(&question, UserAnswer::Typed("new.yaml".to_owned()));
    assert_eq!(interview.answers().given().out, Some("new.yaml".into()));
    // With `--write`, without a question, and for a pipe.
    for mode in [InterviewMode::AllButOutput, InterviewMode::OnlyNeeded] {
        assert_ne!(asked(mode, &flags).1, Some(Topic::Output), "{mode:?}");
    }
    let pipe = ConnectionAnswers {
        input: Some("/dev/stdin".into()),
        ..flags.clone()
    };
    let (_, topic) = asked(InterviewMode::Everything, &pipe);
    assert_eq!(topic, Some(Topic::ClusterLabel));
}

#[test]
fn a_prometheus_yml_that_is_named_is_patched_in_place() {
    let mut interview = begin(InterviewMode::Everything, &ConnectionAnswers::default());
    let clusters = [cluster("rg-prod", "aks-prod")];
    let question = look(&mut interview, &clusters, &[], &[]).unwrap();
    assert_eq!(question.topic, Topic::PrometheusFile);

    interview.answer(&question, UserAnswer::Typed("file:p.yml".to_owned()));

    let given = interview.answers().given();
    assert_eq!(
        given.prometheus,
        Some(PrometheusChoice::File("p.yml".into()))
    );
    assert_eq!(given.out, Some("p.yml".into()));
}

/// The questions from the names on, each typed answer in turn.
fn name_everything(
    sign_in: SignIn,
    workspaces: &[ListedWorkspace],
    typed: &[(Topic, &str)],
) -> ConnectionAnswers {
    let flags = ConnectionAnswers {
        auth: Some(sign_in),
        ..Default::default()
    };
    let mut interview = begin(InterviewMode::Everything, &flags);
    let clusters = [cluster("rg-prod", "aks-prod")];
    let mut question = look(&mut interview, &clusters, &[operator()], workspaces).unwrap();
    if question.topic == Topic::Workspace {
        interview.answer(&question, UserAnswer::Chosen(0));
        question = look(&mut interview, &clusters, &[operator()], workspaces).unwrap();
    }
    assert_eq!(question.topic, Topic::Names);
    interview.answer(&question, UserAnswer::Chosen(1));
    for (topic, text) in typed {
        let question = look(&mut interview, &clusters, &[operator()], workspaces).unwrap();
        assert_eq!(question.topic, *topic);
        let answer = typed_answer(&question, text);
        interview.answer(&question, answer);
    }
    let next = look(&mut interview, &clusters, &[operator()], workspaces).unwrap();
    assert_eq!(next.topic, Topic::Input);
    interview.answers().given()
}

#[test]
fn what_is_created_is_named_before_it_is_and_can_be_changed() {
    let mut interview = begin(InterviewMode::Everything, &ConnectionAnswers::default());
    let sign_in = one_of_each(&mut interview).unwrap();
    interview.answer(&sign_in, UserAnswer::Chosen(0));
    let names = one_of_each(&mut interview).unwrap();

    let AnswerForm::Choose { choices, .. } = &names.form else {
        panic!("{names:?}")
    };
    assert_eq!(
        (choices[0].label.as_str(), choices[0].detail.as_str()),
        (
            "workspace amw-aks-prod, identity amw-rw-aks-prod",
            "in rg-prod, westeurope"
        )
    );

    let given = name_everything(
        SignIn::WorkloadIdentity,
        &[],
        &[
            (Topic::WorkspaceName, "team-metrics"),
            (Topic::ResourceGroup, "rg-metrics"),
            (Topic::Location, "northeurope"),
            (Topic::IdentityName, "prometheus-writer"),
        ],
    );
    assert_eq!(
        given.workspace.map(|name| name.to_string()),
        Some("team-metrics".to_owned())
    );
    assert_eq!(given.resource_group.as_deref(), Some("rg-metrics"));
    assert_eq!(
        given.location.map(|region| region.to_string()),
        Some("northeurope".to_owned())
    );
    assert_eq!(
        given.identity.map(|name| name.to_string()),
        Some("prometheus-writer".to_owned())
    );
}

#[test]
fn proposed_names_that_are_typed_again_stay_defaults() {
    let given = name_everything(
        SignIn::WorkloadIdentity,
        &[],
        &[
            (Topic::WorkspaceName, "amw-aks-prod"),
            (Topic::ResourceGroup, "rg-prod"),
            (Topic::Location, "westeurope"),
            (Topic::IdentityName, "amw-rw-aks-prod"),
        ],
    );

    assert_eq!(
        (given.resource_group, given.location, given.identity),
        (None, None, None)
    );
}

#[test]
fn a_workspace_that_exists_leaves_the_name_of_the_identity_alone_to_choose() {
    let near = [workspace("near", "westeurope")];

    let given = name_everything(
        SignIn::EntraSecret,
        &near,
        &[(Topic::IdentityName, "prometheus-writer")],
    );

    assert!(given.identity.is_some() && given.location.is_none());
}

#[test]
fn names_that_flags_give_are_not_asked_for() {
    let flags = ConnectionAnswers {
        auth: Some(SignIn::WorkloadIdentity),
        resource_group: Some("rg".into()),
        location: Some("westeurope".parse().unwrap()),
        identity: Some("writer".parse().unwrap()),
        ..Default::default()
    };
    let mut interview = begin(InterviewMode::Everything, &flags);

    assert_eq!(one_of_each(&mut interview).unwrap().topic, Topic::Input);
}

#[test]
fn a_typed_name_is_checked_by_the_rules_of_its_kind() {
    let id = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one";
    let client_id = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    for (kind, text, is_right) in [
        (TypedKind::ResourceGroup, "rg-metrics", true),
        (TypedKind::ResourceGroup, "rg metrics", false),
        (TypedKind::ResourceGroup, "the cluster's", false),
        (TypedKind::Region, "West Europe", true),
        (TypedKind::Region, "west/europe", false),
        (TypedKind::Identity, "writer", true),
        (TypedKind::Identity, "no spaces", false),
        (TypedKind::Identity, id, true),
        (TypedKind::Identity, client_id, false),
        (TypedKind::Application, client_id, true),
        (TypedKind::Application, "any name", true),
        (TypedKind::Application, id, false),
    ] {
        let typed = TypedAnswer {
            kind,
            default: Some(TypedDefault::Value("rg-prod".into())),
        };
        assert_eq!(typed.check(text).is_ok(), is_right, "{kind:?}: {text}");
    }
}

#[test]
fn a_default_that_the_cluster_has_is_accepted_and_is_no_answer() {
    let typed = TypedAnswer {
        kind: TypedKind::ResourceGroup,
        default: Some(TypedDefault::OfCluster),
    };
    let enter = typed.default.as_ref().unwrap().shown().to_owned();

    assert_eq!(typed.check(&enter), Ok(()));
    assert_eq!(typed.read(enter), UserAnswer::Default);
    assert_eq!(typed.read("rg".into()), UserAnswer::Typed("rg".into()));
}

#[test]
fn each_platform_can_be_chosen_and_one_without_a_place_leaves_the_place_open() {
    for platform in samples::each() {
        let (kind, is_in_azure) = (platform.kind(), platform.resource().is_some());
        let listed = ListedCluster {
            platform: platform.clone(),
            current: false,
        };
        let mut interview = begin(InterviewMode::Everything, &ConnectionAnswers::default());

        look(&mut interview, &[listed], &[operator()], &[]);

        let chosen = interview.answers().given().cluster;
        assert_eq!(chosen, Some(platform.choice()), "{kind}");
        assert_eq!(interview.found_cluster().unwrap().platform, platform);
        let group = creation::resource_group(&interview);
        let AnswerForm::Type(TypedAnswer { default, .. }) = group.form else {
            panic!("{kind}")
        };
        let is_known = matches!(default, Some(TypedDefault::Value(_)));
        assert_eq!(is_known, is_in_azure, "{kind}");
    }
}
