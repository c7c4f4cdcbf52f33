//! Names that are alike, for whoever mistyped one.

/// At most three of the known names, the likeliest first.
pub fn near(name: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    // Comparing takes the product of the lengths, and anybody may send a long name.
    let wanted: String = name.chars().take(128).collect::<String>().to_lowercase();
    let likeness = |known: &str| {
        let known = known.to_lowercase();
        let extends = wanted.len() >= 3 && known.starts_with(&wanted);
        let likeness = strsim::normalized_damerau_levenshtein(&wanted, &known);
        if extends { likeness.max(0.6) } else { likeness }
    };
    let mut near: Vec<(f64, String)> = known
        .into_iter()
        .map(|known| (likeness(&known), known))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::near;

    fn among(name: &str) -> Vec<String> {
        near(name, ["netbox", "netbox-lab", "grafana", "wiki"].map(str::to_owned))
    }

    #[test]
    fn a_slip_a_case_and_a_start_are_recognised() {
        assert_eq!(among("netbx"), ["netbox"]);
        assert_eq!(among("NETBOX"), ["netbox", "netbox-lab"]);
        assert_eq!(among("graf"), ["grafana"]);
        assert!(among("jira").is_empty());
    }
}
