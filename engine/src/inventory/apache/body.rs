//! Reads all that stands in each virtual host out of what `-D DUMP_CONFIG` prints, so that another host can be made of it.
//!
//! What is printed is what Apache read: includes, defines, conditions and macros are resolved, arguments are as they were written.

use super::tree::is_vhost;

/// A directive, or a section with what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// As it is written, e.g. `ServerName`, or `Directory` for a section.
    pub(crate) name: String,
    /// As they are written.
    pub(crate) arguments: String,
    /// What stands in a section; `None` where it is none.
    pub(crate) children: Option<Vec<Node>>,
}

impl Node {
    /// Tell whether it has this name, in whatever case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    fn read(directive: &str) -> Self {
        let section = directive.strip_prefix('<').map(|rest| rest.strip_suffix('>').unwrap_or(rest));
        let text = section.unwrap_or(directive);
        let (name, arguments) = text.split_once(' ').unwrap_or((text, ""));
        let arguments = arguments.trim().to_owned();
        Self { name: name.to_owned(), arguments, children: section.map(|_| Vec::new()) }
    }
}

/// Read the bodies of all virtual hosts, in the order in which [`super::tree::parse`] lists them.
pub(super) fn parse(print: &str) -> Vec<Vec<Node>> {
    let mut bodies: Vec<Vec<Node>> = Vec::new();
    let mut in_vhost = false;
    for line in print.lines() {
        let directive = line.trim_start();
        // An empty section has no closing tag, so only the indentation counts.
        if directive.starts_with('#') || directive.starts_with("</") || directive.is_empty() {
            continue;
        }
        let depth = (line.len() - directive.len()) / 2;
        if depth == 0 {
            in_vhost = is_vhost(directive);
            if in_vhost {
                bodies.push(Vec::new());
            }
        } else if in_vhost && let Some(body) = bodies.last_mut() {
            put(body, depth - 1, directive);
        }
    }
    bodies
}

fn put(nodes: &mut Vec<Node>, depth: usize, directive: &str) {
    if depth > 0
        && let Some(children) = nodes.last_mut().and_then(|node| node.children.as_mut())
    {
        return put(children, depth - 1, directive);
    }
    nodes.push(Node::read(directive));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Printed by Apache 2.4.71.
    const PRINT: &str = r##"# In file: /etc/httpd.conf
# 1:
ServerName main.test
# 2:
<VirtualHost *:80>
  # 3:
  LogFormat "%h \"%r\" <b> & %{Host}i" odd
  # 4:
  <Directory />
  # 6:
  <Location "/a b">
    # 7:
    <Limit GET>
      # 8:
      Require all denied
    </Limit>
  </Location>
# In file: /etc/more.conf
  # 1:
  RewriteEngine on
</VirtualHost>
# 20:
<VirtualHost *:81>
# 22:
<VirtualHost *:82>
  # 23:
  SetEnv X ${NOPE}
</VirtualHost>
"##;

    fn shown(nodes: &[Node]) -> String {
        let one = |node: &Node| match &node.children {
            Some(children) => format!("<{} {}>[{}]", node.name, node.arguments, shown(children)),
            None => format!("{} {};", node.name, node.arguments),
        };
        nodes.iter().map(one).collect()
    }

    #[test]
    fn what_stands_in_a_virtual_host_is_read_with_its_sections() {
        let bodies: Vec<String> = parse(PRINT).iter().map(|body| shown(body)).collect();
        let first = r#"LogFormat "%h \"%r\" <b> & %{Host}i" odd;<Directory />[]<Location "/a b">[<Limit GET>[Require all denied;]]RewriteEngine on;"#;
        assert_eq!(bodies, [first, "", "SetEnv X ${NOPE};"]);
    }
}
