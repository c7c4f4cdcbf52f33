//! What is due in the life of the keys: published a day before they sign, replaced in time, and
//! published until their last tokens are forgotten. Those that read live in the same steps, and read
//! until they are deleted.

use std::collections::BTreeSet;

use crate::domain::{DAY, KeyAlgorithm, KeyState, Kid, ServerKey, Timestamp};

/// How long relying parties keep a JWKS.
pub(super) const PUBLISH: i64 = DAY;

/// One thing that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A published key begins to sign.
    Activate(Kid),
    /// A key stops signing.
    Retire(Kid),
    /// A successor is published, to sign from then on.
    Make(KeyAlgorithm, Timestamp),
    /// A retired key is forgotten.
    Delete(Kid),
}

/// How long keys live.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lives {
    /// Seconds that a key signs.
    pub rotate: i64,
    /// Seconds that the longest-lived token is good.
    pub token: i64,
}

/// What is due now, in order.
///
/// What nobody wants any more gets no successor and is retired when its time is up.
pub(super) fn due(
    (keys, wanted): (&[ServerKey], &BTreeSet<KeyAlgorithm>),
    lives: Lives,
    now: Timestamp,
) -> Vec<Step> {
    let mut steps = Vec::new();
    for alg in KeyAlgorithm::ALL {
        let of = |state| keys.iter().filter(move |key| key.alg == alg && key.state == state);
        let ready = of(KeyState::Next).filter(|key| key.activates_at <= now);
        if let Some(successor) = ready.max_by_key(|key| key.activates_at) {
            steps.push(Step::Activate(successor.kid.clone()));
            steps.extend(of(KeyState::Active).map(|key| Step::Retire(key.kid.clone())));
        } else if !wanted.contains(&alg) {
            let spent = of(KeyState::Active).filter(|key| key.activates_at + lives.rotate <= now);
            steps.extend(spent.map(|key| Step::Retire(key.kid.clone())));
        } else if of(KeyState::Next).next().is_none()
            && let Some(active) = of(KeyState::Active).max_by_key(|key| key.activates_at)
            && active.activates_at + (lives.rotate - PUBLISH) <= now
        {
            let from = (active.activates_at + lives.rotate).max(now + PUBLISH);
            steps.push(Step::Make(alg, from));
        }
    }
    let forgotten = |key: &&ServerKey| {
        key.state == KeyState::Retired
            && key.retired_at.is_some_and(|at| at + PUBLISH + lives.token <= now)
    };
    steps.extend(keys.iter().filter(forgotten).map(|key| Step::Delete(key.kid.clone())));
    steps
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Lives, Step, due};
    use crate::domain::{DAY, HOUR, KeyAlgorithm, KeyState, Kid, ServerKey, Timestamp};

    const LIVES: Lives = Lives { rotate: 90 * DAY, token: HOUR };

    fn key(kid: &str, state: KeyState, activates_at: i64) -> ServerKey {
        ServerKey {
            kid: Kid(kid.into()),
            alg: KeyAlgorithm::RS256,
            state,
            private: Vec::new(),
            public: sqlx::types::Json::default(),
            created_at: Timestamp(0),
            activates_at: Timestamp(activates_at),
            retired_at: (state == KeyState::Retired).then_some(Timestamp(activates_at)),
        }
    }

    fn wanted() -> BTreeSet<KeyAlgorithm> {
        BTreeSet::from([KeyAlgorithm::RS256])
    }

    fn kid(name: &str) -> Kid {
        Kid(name.into())
    }

    #[test]
    fn a_successor_is_published_a_day_before_it_signs() {
        let keys = [key("a", KeyState::Active, 0)];
        assert_eq!(due((&keys, &wanted()), LIVES, Timestamp(89 * DAY - 1)), []);
        let made = Step::Make(KeyAlgorithm::RS256, Timestamp(90 * DAY));
        assert_eq!(due((&keys, &wanted()), LIVES, Timestamp(89 * DAY)), [made]);
    }

    #[test]
    fn a_successor_made_late_is_published_a_day_all_the_same() {
        let keys = [key("a", KeyState::Active, 0)];
        let made = Step::Make(KeyAlgorithm::RS256, Timestamp(201 * DAY));
        assert_eq!(due((&keys, &wanted()), LIVES, Timestamp(200 * DAY)), [made]);
    }

    #[test]
    fn the_successor_takes_over_when_its_time_comes() {
        let keys = [key("a", KeyState::Active, 0), key("b", KeyState::Next, 90 * DAY)];
        assert_eq!(due((&keys, &wanted()), LIVES, Timestamp(90 * DAY - 1)), []);
        assert_eq!(
            due((&keys, &wanted()), LIVES, Timestamp(90 * DAY)),
            [Step::Activate(kid("b")), Step::Retire(kid("a"))]
        );
    }

    #[test]
    fn what_nobody_wants_any_more_gets_no_successor_and_goes_when_its_time_is_up() {
        let keys = [key("a", KeyState::Active, 0)];
        let unwanted = BTreeSet::new();
        assert_eq!(due((&keys, &unwanted), LIVES, Timestamp(90 * DAY - 1)), []);
        let retired = Step::Retire(kid("a"));
        assert_eq!(due((&keys, &unwanted), LIVES, Timestamp(90 * DAY)), [retired]);
    }

    #[test]
    fn a_retired_key_is_published_until_its_tokens_are_forgotten() {
        let keys = [key("a", KeyState::Retired, 0), key("b", KeyState::Active, 0)];
        assert_eq!(due((&keys, &wanted()), LIVES, Timestamp(DAY + HOUR - 1)), []);
        assert_eq!(due((&keys, &wanted()), LIVES, Timestamp(DAY + HOUR)), [Step::Delete(kid("a"))]);
    }
}
