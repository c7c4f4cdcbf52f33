//! `keystead group`, typed.

use serde_json::json;

use crate::cli::each_shell;

#[tokio::test]
async fn people_and_groups_are_put_into_groups() {
    each_shell(|shell| {
        for line in [
            "user create alice",
            "user create bob",
            "group create staff --description 'All of us'",
            "group create admins",
            "group add-member admins alice",
            "group add-member staff bob --group admins",
        ] {
            shell.done(line);
        }
        let staff = shell.json("group show staff");
        assert_eq!(staff["description"], "All of us");
        assert_eq!(staff["members"], json!(["bob"]));
        assert_eq!(staff["inherited_members"], json!([{ "username": "alice", "via": "admins" }]));
        assert_eq!(staff["groups"], json!(["admins"]));
        assert_eq!(shell.json("group show admins")["parents"], json!(["staff"]));
        let groups = &shell.json("user show alice")["groups"];
        assert_eq!(groups, &json!({ "direct": ["admins"], "inherited": ["everyone", "staff"] }));
        shell.done("group remove-member staff bob --group admins");
        assert_eq!(shell.json("group show staff")["members"], json!([]));
        assert_eq!(shell.json("group show staff")["groups"], json!([]));
        shell.done("group delete staff");
        let names = shell.json("group list");
        let names: Vec<_> = names.as_array().unwrap().iter().map(|g| &g["name"]).collect();
        assert_eq!(names, ["admins", "everyone"]);
    })
    .await;
}

#[tokio::test]
async fn all_are_added_or_nobody() {
    each_shell(|shell| {
        shell.done("user create alice");
        shell.done("group create staff");
        let error = "no user 'alicia'; did you mean 'alice'?";
        shell.refused("group add-member staff alice alicia", error);
        assert_eq!(shell.json("group show staff")["members"], json!([]));
        shell.done("group add-member staff alice");
        let again = shell.run("group add-member staff alice");
        assert_eq!(again.out, "");
        assert_eq!(again.err, "Note: 'alice' was a member of 'staff' before.\n");
    })
    .await;
}

#[tokio::test]
async fn bad_input_is_refused_with_its_reason() {
    each_shell(|shell| {
        for line in [
            "group create a",
            "group create b",
            "group create c",
            "group add-member a --group b",
            "group add-member b --group c",
        ] {
            shell.done(line);
        }
        let builtin = "'everyone' is built in: everybody belongs to it, nobody is added, and it stays; use a group of your own";
        for (line, error) in [
            ("group create a", "the group name 'a' is taken; choose another"),
            ("group create 'x|y'", "'x|y' cannot be a group name: leave out control characters, '|' and ','"),
            ("group create ' x'", "' x' cannot be a group name: use 1 to 100 characters without spaces around them"),
            ("group add-member c --group a", "'a' cannot be put into 'c': 'c' is in 'b' is in 'a'; take one of them out first"),
            ("group add-member a --group a", "'a' cannot be put into 'a': a group cannot be inside itself; choose another"),
            ("group delete everyone", builtin),
            ("group add-member everyone --group a", builtin),
            ("group add-member a --group everyone", builtin),
            ("group show everone", "no group 'everone'; did you mean 'everyone'?"),
            ("group delete nobody", "no group 'nobody'; list them with: keystead group list"),
        ] {
            shell.refused(line, error);
        }
        let nobody = "Error: nobody was named; name people, or groups with --group\n";
        shell.misused("group add-member a", nobody);
        shell.misused("group remove-member a", nobody);
    })
    .await;
}

#[tokio::test]
async fn a_group_is_renamed_and_several_are_deleted_or_none() {
    each_shell(|shell| {
        for line in [
            "group create crew",
            "group create staff --description 'All of us'",
            "client create wiki --name Wiki --redirect-uri https://wiki.example/cb",
            "client scope-map wiki crew openid groups",
        ] {
            shell.done(line);
        }
        let id = shell.json("group show crew")["id"].clone();
        let renamed = shell.run("group update crew --new-name team");
        assert_eq!(renamed.out, "Updated group 'team'.\n");
        assert!(
            renamed.err.contains("see the new one from the next sign-in on: 'wiki'"),
            "{}",
            renamed.err
        );
        assert_eq!(shell.json("group show team")["id"], id);
        assert_eq!(shell.json("client show wiki")["scope_maps"][0]["group"], "team");
        shell.refused(
            "group update team --new-name staff",
            "the group name 'staff' is taken; choose another",
        );
        shell.done("group update staff --description ''");
        assert_eq!(shell.json("group show staff")["description"], json!(null));
        shell.refused("group delete team staf", "no group 'staf'; did you mean 'staff'?");
        assert_eq!(shell.json("group show team")["id"], id, "nothing was deleted");
        let deleted = shell.run("group delete team staff");
        assert_eq!(deleted.out, "Deleted group 'team'.\nDeleted group 'staff'.\n");
    })
    .await;
}
