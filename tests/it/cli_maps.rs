//! `keystead client scope-map`, `client claim-map` and `scope`, typed.

use serde_json::json;

use crate::cli::{Shell, each_shell};

fn with_netbox(shell: &Shell) {
    shell.done("client create netbox --template netbox --url https://netbox.example.com");
    shell.done("group create users");
    shell.done("group create admins");
}

#[tokio::test]
async fn the_first_scope_map_takes_the_place_of_the_templates() {
    each_shell(|shell| {
        with_netbox(shell);
        let first = shell.run("client scope-map netbox users openid 'profile email'");
        assert_eq!(first.out, "Members of 'users' may use 'netbox' with email openid profile.\n");
        let without = shell.done("client scope-map netbox users profile");
        assert_eq!(without, "Members of 'users' may use 'netbox' with openid profile.\n");
        assert_eq!(first.err, "Note: 'netbox' was open to everyone, as its template had set it up; now only 'users' may use it.\n");
        assert!(shell.noted("client scope-map netbox admins openid groups").is_empty());
        let maps = &shell.json("client show netbox")["scope_maps"];
        let groups: Vec<_> = maps.as_array().unwrap().iter().map(|map| &map["group"]).collect();
        assert_eq!(groups.len(), 2);
        assert!(groups.contains(&&json!("users")) && groups.contains(&&json!("admins")));
        shell.done("client remove-scope-map netbox users");
        let last = shell.noted("client remove-scope-map netbox admins");
        assert_eq!(last, "Note: 'netbox' has no scope map left: nobody may use it.\n");
    })
    .await;
}

#[tokio::test]
async fn a_map_for_everyone_replaces_the_default_one_quietly() {
    each_shell(|shell| {
        with_netbox(shell);
        assert!(shell.noted("client scope-map netbox everyone openid").is_empty());
        assert_eq!(
            shell.json("client show netbox")["scope_maps"],
            json!([{ "group": "everyone", "scopes": ["openid"], "default": false }])
        );
    })
    .await;
}

#[tokio::test]
async fn all_maps_of_a_claim_are_joined_alike() {
    each_shell(|shell| {
        with_netbox(shell);
        shell.done("client claim-map netbox roles users viewer");
        shell.done("client claim-map netbox roles admins editor owner");
        let note = shell.noted("client claim-map netbox roles admins owner --join csv");
        assert_eq!(note, "Note: All maps of 'roles' are now joined as csv, no longer as array.\n");
        let maps = shell.json("client show netbox")["claim_maps"].clone();
        let joins: Vec<_> = maps.as_array().unwrap().iter().map(|map| &map["join"]).collect();
        assert_eq!(joins, ["csv", "csv"]);
        shell.refused(
            "client claim-map netbox roles users a,b",
            "'a,b' cannot be a value of the claim: it contains a comma, which separates values; join as array or ssv",
        );
        shell.done("client remove-claim-map netbox roles users");
        assert_eq!(
            shell.json("client show netbox")["claim_maps"],
            json!([{ "claim": "roles", "group": "admins", "values": ["owner"], "join": "csv" }])
        );
    })
    .await;
}

#[tokio::test]
async fn bad_input_is_refused_with_its_reason() {
    each_shell(|shell| {
        with_netbox(shell);
        for (line, error) in [
            ("client scope-map netbox users openid profil", "no scope 'profil'; did you mean 'profile'?"),
            ("client scope-map netbox users xyzzy", "no scope 'xyzzy'; list them with: keystead scope list"),
            ("client scope-map netbox user openid", "no group 'user'; did you mean 'users'?"),
            ("client scope-map netbx users openid", "no client 'netbx'; did you mean 'netbox'?"),
            ("client remove-scope-map netbox users", "'netbox' has no scope map for 'users'; nothing was removed"),
            ("client claim-map netbox sub users x", "'sub' cannot be a mapped claim: the protocol sets it itself; choose another name, like roles"),
            ("client claim-map netbox email_verified users x", "'email_verified' cannot be a mapped claim: applications expect no text or list in it; choose another name, like roles"),
            ("client claim-map netbox email users other@evil.example --join csv", "'email' cannot be a mapped claim: applications take it for an address that was checked; set it on the person, or choose another name"),
            ("client claim-map netbox nickname users x --join array", "'nickname' cannot be a mapped claim: applications expect one text in it; join as csv or ssv"),
            ("client claim-map netbox roles users ''", "'' cannot be a value of the claim: use 1 to 500 characters"),
            ("client remove-claim-map netbox roles users", "'netbox' has no map of claim 'roles' for 'users'; nothing was removed"),
        ] {
            shell.refused(line, error);
        }
        shell.misused("client claim-map netbox roles users x --join tsv", "error: invalid value 'tsv' for '--join <JOIN>': 'tsv' is not a way to join values; use array, csv or ssv");
        assert_eq!(shell.json("client show netbox")["scope_maps"][0]["default"], true);
    })
    .await;
}

#[tokio::test]
async fn deleting_a_group_says_whom_it_locks_out() {
    each_shell(|shell| {
        with_netbox(shell);
        shell.done("client scope-map netbox users openid");
        assert_eq!(
            shell.noted("group delete users"),
            "Note: Nobody may use 'netbox' any more, since this was its only group; give another one a scope map.\n"
        );
    })
    .await;
}

#[tokio::test]
async fn scopes_of_ones_own_are_made_mapped_and_deleted() {
    each_shell(|shell| {
        with_netbox(shell);
        shell.done("scope create contact --sentence 'See how to reach you' --claim phone_number --claim email");
        let all = shell.json("scope list");
        let contact = all.as_array().unwrap().iter().find(|s| s["name"] == "contact").unwrap();
        assert_eq!(
            contact,
            &json!({
                "name": "contact", "sentence": "See how to reach you",
                "claims": ["email", "phone_number"], "builtin": false
            })
        );
        shell.done("client scope-map netbox users openid contact");
        for (line, error) in [
            ("scope create contact --sentence x", "the scope name 'contact' is taken; choose another"),
            ("scope create 'a b' --sentence x", "'a b' cannot be a scope name: use 1 to 64 letters, digits and signs of ASCII but spaces, '\"' and '\\'"),
            ("scope create a --sentence ''", "'' cannot be the sentence of a scope: say in 1 to 200 characters what people allow, like: See your roles"),
            ("scope create a --sentence x --claim emial", "no claim 'emial'; did you mean 'email'?"),
            ("scope create a --sentence x --claim shoe_size", "no claim 'shoe_size'; a scope opens standard claims, which are listed by: keystead scope list"),
            ("scope delete openid", "'openid' cannot be deleted: it comes with Keystead and stays; leave it out of scope maps instead"),
            ("scope delete contct", "no scope 'contct'; did you mean 'contact'?"),
        ] {
            shell.refused(line, error);
        }
        let note = shell.noted("scope delete contact");
        assert_eq!(note, "Note: People at 'netbox' do not get 'contact' any more.\n");
    })
    .await;
}
