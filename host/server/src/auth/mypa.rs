use super::{SHARED_KEY_BYTES_MIN, validation};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use skillgate_domain::ids::{CommunityId, UserId};
use skillgate_domain::principal::{ForeignToken, Origin, Principal, Role, TokenScope};
use skillgate_domain::time::Timestamp;

/// A key that can be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key of HS256 has at least 32 bytes")]
pub struct MypaKeyTooShort;

/// MyPA's access tokens: JWTs signed with HS256, `iss` the slug, `aud` the slug with `-api`.
pub struct MypaTokens {
    key: DecodingKey,
    validation: Validation,
    community: CommunityId,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    #[serde(rename = "type")]
    kind: String,
    /// Seconds since the Unix epoch.
    exp: i64,
    nbf: Option<i64>,
}

impl MypaTokens {
    /// Accepts tokens signed with `secret` by `slug`; their users are members of `community`.
    pub fn new(
        secret: &SecretString,
        slug: &str,
        community: CommunityId,
    ) -> Result<Self, MypaKeyTooShort> {
        let secret = secret.expose_secret().as_bytes();
        if secret.len() < SHARED_KEY_BYTES_MIN {
            return Err(MypaKeyTooShort);
        }
        let mut validation = validation(Algorithm::HS256, slug, &format!("{slug}-api"));
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Ok(Self {
            key: DecodingKey::from_secret(secret),
            validation,
            community,
        })
    }

    /// Tells who presents `text`; nobody, if it is not a good token at `now`.
    pub(crate) fn authenticate(
        &self,
        text: &str,
        now: Timestamp,
        origin: Origin,
    ) -> Option<Principal> {
        let claims = decode::<Claims>(text, &self.key, &self.validation)
            .ok()?
            .claims;
        let now = now.unix_ms();
        let ms = |seconds: i64| seconds.saturating_mul(1_000);
        let good = claims.kind == "access"
            && now < ms(claims.exp)
            && claims.nbf.is_none_or(|from| ms(from) <= now);
        if !good {
            return None;
        }
        Some(Principal {
            community: self.community.clone(),
            user: UserId::parse(&claims.sub).ok()?,
            agent: None,
            role: Role::Member,
            scope: TokenScope::FULL,
            token: None,
            foreign: Some(ForeignToken::new(text)),
            origin,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};
    use skillgate_domain::ids::RequestId;
    use skillgate_domain::principal::Door;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);

    fn origin() -> Origin {
        Origin {
            door: Door::Http,
            address: None,
            request: RequestId::parse("r").unwrap(),
        }
    }

    fn tokens() -> MypaTokens {
        let community = CommunityId::parse("home").unwrap();
        MypaTokens::new(&SECRET.into(), "mypa", community).unwrap()
    }

    fn sign(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
        let key = EncodingKey::from_secret(secret.as_bytes());
        encode(&Header::new(algorithm), claims, &key).unwrap()
    }

    fn good() -> Value {
        json!({"sub": "u-1", "iss": "mypa", "aud": "mypa-api", "type": "access", "exp": 1_001})
    }

    fn changed(name: &str, value: Value) -> Value {
        let mut claims = good();
        claims[name] = value;
        claims
    }

    #[test]
    fn a_good_token_is_a_member_of_the_community() {
        let text = sign(Algorithm::HS256, SECRET, &good());
        let caller = tokens().authenticate(&text, NOW, origin()).unwrap();
        assert_eq!((caller.user.as_str(), caller.role), ("u-1", Role::Member));
        assert_eq!(caller.community.as_str(), "home");
    }

    #[test]
    fn any_other_claim_is_nobody() {
        for (name, value) in [
            ("iss", json!("other")),
            ("aud", json!("other-api")),
            ("aud", json!("mypa")),
            ("type", json!("refresh")),
            ("type", Value::Null),
            ("exp", json!(1_000)),
            ("exp", json!(-1)),
            ("exp", json!(i64::MIN)),
            ("exp", json!("1001")),
            ("exp", Value::Null),
            ("nbf", json!(1_001)),
            ("sub", json!("")),
            ("sub", json!("a/b")),
            ("sub", Value::Null),
        ] {
            let text = sign(Algorithm::HS256, SECRET, &changed(name, value.clone()));
            assert!(
                tokens().authenticate(&text, NOW, origin()).is_none(),
                "{name}: {value}"
            );
        }
        for missing in ["iss", "aud", "sub", "type", "exp"] {
            let mut claims = good();
            claims.as_object_mut().unwrap().remove(missing);
            let text = sign(Algorithm::HS256, SECRET, &claims);
            assert!(
                tokens().authenticate(&text, NOW, origin()).is_none(),
                "{missing}"
            );
        }
    }

    #[test]
    fn any_other_signature_is_nobody() {
        let good_text = sign(Algorithm::HS256, SECRET, &good());
        let (rest, _) = good_text.rsplit_once('.').unwrap();
        // {"alg":"none"}
        let (_, payload) = rest.split_once('.').unwrap();
        for text in [
            sign(Algorithm::HS384, SECRET, &good()),
            sign(Algorithm::HS512, SECRET, &good()),
            sign(Algorithm::HS256, &SECRET.to_uppercase(), &good()),
            format!("{rest}."),
            format!("eyJhbGciOiJub25lIn0.{payload}."),
            String::new(),
            "a.b.c".to_owned(),
        ] {
            assert!(
                tokens().authenticate(&text, NOW, origin()).is_none(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_short_key_is_refused() {
        let community = || CommunityId::parse("home").unwrap();
        let of = |len: usize| MypaTokens::new(&SECRET[..len].into(), "mypa", community());
        assert!(of(32).is_ok());
        assert_eq!(of(31).err(), Some(MypaKeyTooShort));
    }
}
