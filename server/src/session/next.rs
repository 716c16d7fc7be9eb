//! Where to go after signing in, without ever leaving this server.

/// Return `next` where it is a path on this server that a person can look at, else `/`.
pub(super) fn local(next: &str) -> &str {
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_local = next.starts_with('/') && !next.starts_with("//");
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let is_page = !["/login", "/logout", "/events"].contains(&path) && !path.starts_with("/fn/");
    if is_plain && is_local && is_page { next } else { "/" }
}

/// Write the sign-in page's URL with parameters and where to go afterwards.
pub(crate) fn login_for(parameters: &[(&str, &str)], next: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    let next = local(next);
    if next != "/" {
        query.append_pair("next", next);
    }
    let query = query.finish();
    if query.is_empty() { "/login".into() } else { format!("/login?{query}") }
}

#[cfg(test)]
mod tests {
    use super::{local, login_for};

    #[test]
    fn only_paths_on_this_server_are_followed() {
        assert_eq!(local("/users?page=2&q=a%20b"), "/users?page=2&q=a%20b");
        for elsewhere in [
            "",
            "users",
            "//evil.test",
            "/\\evil.test",
            "https://evil.test",
            "/a\r\nb",
            "javascript:x",
            "/login",
            "/fn/x",
            "/é",
            "/login?next=/",
            "\\/evil.test",
            "/\t/evil.test",
        ] {
            assert_eq!(local(elsewhere), "/", "{elsewhere:?} must not be followed");
        }
    }

    #[test]
    fn the_way_back_is_escaped() {
        assert_eq!(login_for(&[], "/users?page=2"), "/login?next=%2Fusers%3Fpage%3D2");
        assert_eq!(login_for(&[("error", "wrong")], "/"), "/login?error=wrong");
        assert_eq!(login_for(&[], "//evil.test"), "/login");
    }
}
