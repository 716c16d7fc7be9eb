//! Functions that the compiler keeps and nobody calls: their bodies are emptied before the program is split, which then
//! leaves out what only they refer to.
//!
//! A call would be a trap, which the browser tests see.

use std::ops::Range;

use anyhow::{Context, Result, bail};
use wasmparser::{CustomSectionReader, KnownCustom, Name, Parser, Payload};

/// Parts of symbols, which begin with a zero here. The compiler cannot know, since the first stands in the table of methods
/// of every type of view, the second is behind a formatter, and the others are exports.
const UNUSED: [&str; 4] = [
    // The way of hydrating of `hydrate_lazy`, which `frontend` does not use.
    "8into_any13hydrate_async17h",
    // Numbers with a fraction in error messages: serde_json writes them itself. It brings all of core's code for them.
    "serde_core..de..WithDecimalPoint$u20$as$u20$core..fmt..Display$GT$3fmt17h",
    // Streams that JavaScript reads or writes: server functions here answer in one piece.
    "\0intounderlying",
    "\0__wbg_intounderlying",
];
const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;
const END: u8 = 0x0b;

/// Empty the functions of `program`, as it was linked with `--emit-relocs`, that nobody calls.
///
/// # Errors
/// When there are none: the compiler names functions differently, and the list has to follow.
pub(crate) fn snip(program: &[u8]) -> Result<Vec<u8>> {
    let code = Code::read(program)?;
    let unused = code.unused();
    if unused.is_empty() {
        bail!("no function of the program has one of the names {UNUSED:?}");
    }
    let mut emptied = program.to_vec();
    for body in &unused {
        // No locals; then the trap that would show a mistake at once.
        emptied[body.clone()].fill(NOP);
        emptied[body.start..body.start + 2].copy_from_slice(&[0, UNREACHABLE]);
        emptied[body.end - 1] = END;
    }
    // What the bodies referred to would be written over the new ones.
    let relocations = code.relocations.context("the program has no relocations: link it with --emit-relocs")?;
    let section = relocations.without(&unused, code.start)?;
    Ok([&emptied[..relocations.whole.start], &section, &emptied[relocations.whole.end..]].concat())
}

/// The functions of a program and what they refer to.
#[derive(Default)]
struct Code<'a> {
    /// Where the code begins in the file.
    start: usize,
    /// How many functions are imported, and so come first when functions are counted.
    imported: usize,
    bodies: Vec<Range<usize>>,
    /// Numbers and names of functions.
    names: Vec<(usize, &'a str)>,
    relocations: Option<Relocations<'a>>,
}

impl<'a> Code<'a> {
    fn read(program: &'a [u8]) -> Result<Self> {
        let mut code = Self::default();
        let mut before = 0;
        for payload in Parser::new(0).parse_all(program) {
            let payload = payload?;
            match &payload {
                Payload::ImportSection(imports) => {
                    for import in imports.clone().into_imports() {
                        code.imported += usize::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionStart { range, .. } => code.start = offset(range.start)?,
                Payload::CodeSectionEntry(body) => code.bodies.push(offsets(&body.range())?),
                Payload::CustomSection(section) => code.read_custom(section, before)?,
                _ => {}
            }
            if let Some((_, range)) = payload.as_section() {
                before = offset(range.end)?;
            }
        }
        Ok(code)
    }

    /// Read a section whose header begins where the section before ended.
    fn read_custom(&mut self, section: &CustomSectionReader<'a>, before: usize) -> Result<()> {
        match section.as_known() {
            KnownCustom::Name(parts) => {
                for part in parts {
                    let Name::Function(names) = part? else { continue };
                    for naming in names {
                        let naming = naming?;
                        self.names.push((usize::try_from(naming.index)?, naming.name));
                    }
                }
            }
            KnownCustom::Reloc(_) if section.name() == "reloc.CODE" => {
                let whole = before..offset(section.range().end)?;
                self.relocations = Some(Relocations { whole, section: section.clone() });
            }
            _ => {}
        }
        Ok(())
    }

    fn unused(&self) -> Vec<Range<usize>> {
        let unused = |name: &str| UNUSED.iter().any(|part| format!("\0{name}").contains(part));
        let body = |number: &usize| self.bodies.get(number.checked_sub(self.imported)?).cloned();
        self.names.iter().filter(|(_, name)| unused(name)).filter_map(|(number, _)| body(number)).collect()
    }
}

/// What the code refers to, where.
struct Relocations<'a> {
    /// Where the section is in the file, with its header.
    whole: Range<usize>,
    section: CustomSectionReader<'a>,
}

impl Relocations<'_> {
    /// Write the section again without what lies in `bodies`; `code` is where the code begins.
    fn without(&self, bodies: &[Range<usize>], code: usize) -> Result<Vec<u8>> {
        let KnownCustom::Reloc(reader) = self.section.as_known() else { bail!("reloc.CODE cannot be read") };
        let data = self.section.data();
        let data_start = offset(self.section.data_offset())?;
        let mut entries = reader.entries().into_iter_with_offsets().peekable();
        let (mut kept, mut count) = (Vec::new(), 0);
        while let Some(entry) = entries.next() {
            let (start, entry) = entry?;
            let end = match entries.peek() {
                Some(Ok((next, _))) => offset(*next)? - data_start,
                _ => data.len(),
            };
            let at = code + usize::try_from(entry.offset)?;
            if !bodies.iter().any(|body| body.contains(&at)) {
                kept.extend_from_slice(&data[offset(start)? - data_start..end]);
                count += 1;
            }
        }
        let name = self.section.name();
        let mut content = number(name.len());
        content.extend_from_slice(name.as_bytes());
        content.extend(number(usize::try_from(reader.section_index())?));
        content.extend(number(count));
        content.extend(kept);
        // Identifier 0: a custom section.
        let mut section = vec![0];
        section.extend(number(content.len()));
        section.extend(content);
        Ok(section)
    }
}

/// Write an unsigned number as LEB128.
fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or_default();
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn offset(at: u64) -> Result<usize> {
    usize::try_from(at).context("the program is too large")
}

fn offsets(range: &Range<u64>) -> Result<Range<usize>> {
    Ok(offset(range.start)?..offset(range.end)?)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_written_as_leb128() {
        assert_eq!(number(5), [5]);
        assert_eq!(number(624_485), [0xe5, 0x8e, 0x26]);
    }
}
