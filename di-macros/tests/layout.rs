//! Checks the layout of the libraries: no file imports from a higher layer, and the first line of each file says what
//! the file holds. Each crate's `layers.txt` lists its layers, lowest first.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

#[test]
fn no_import_of_di_macros_points_up() {
    check("di-macros");
}

#[test]
fn no_import_of_di_core_points_up() {
    check("di-core");
}

#[test]
fn no_import_of_testkit_points_up() {
    check("testkit");
}

#[test]
fn each_file_begins_with_a_line_that_says_what_it_holds() {
    let all = ["di-macros", "di-core", "testkit"].iter().flat_map(|package| files(&root_of(package).join("src")));
    // The guide's examples are included into pages and show their first lines there.
    let files = all.filter(|file| !file.components().any(|part| part.as_os_str() == "theatre"));
    let has_no_head = |file: &PathBuf| {
        let source = fs::read_to_string(file).unwrap();
        !["//! ", "#![doc"].iter().any(|head| source.starts_with(head))
    };
    let without: Vec<_> = files.filter(has_no_head).collect();
    assert!(without.is_empty(), "add a `//!` line to: {without:#?}");
}

fn root_of(package: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(package)
}

fn check(package: &str) {
    let root = root_of(package);
    let layers = Layers::read(&root.join("layers.txt"));
    let src = root.join("src");
    let mut violations = Vec::new();
    let mut is_used = vec![false; layers.0.len()];
    for file in files(&src) {
        let module = module_of(&src, &file);
        if module.is_empty() {
            continue;
        }
        let Some(own) = layers.of(&module) else {
            violations.push(format!("{}: not in any layer of layers.txt", file.display()));
            continue;
        };
        is_used[own] = true;
        let source: TokenStream = fs::read_to_string(&file).unwrap().parse().unwrap();
        let mut paths = Vec::new();
        collect_paths(source, &mut paths);
        for path in paths {
            let Some(target) = resolve(&src, &module, &path) else { continue };
            // The crate's root re-exports from every layer, so it counts as the highest one.
            let Some(layer) = layers.of(&target).or((target.is_empty()).then_some(usize::MAX)) else { continue };
            if layer > own {
                let name = layers.0.get(layer).map_or("the crate's root".to_owned(), |layer| layer.join("/"));
                violations.push(format!("{}: {} is in {name}", file.display(), path.join("::")));
            }
        }
    }
    let unused = layers.0.iter().zip(is_used).filter(|(_, is_used)| !is_used);
    violations.extend(unused.map(|(layer, _)| format!("layers.txt: `{}` has no files", layer.join("/"))));
    assert!(violations.is_empty(), "imports that point up:\n{}", violations.join("\n"));
}

/// Paths of the layers below `src`, lowest first.
struct Layers(Vec<Vec<String>>);

impl Layers {
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        let path = |line: &str| line.split('/').map(str::to_owned).collect();
        Layers(lines.filter(|line| !line.is_empty()).map(path).collect())
    }

    /// Returns the index of the innermost layer that contains a module.
    fn of(&self, module: &[String]) -> Option<usize> {
        let layers = self.0.iter().enumerate().filter(|(_, layer)| module.starts_with(layer));
        layers.max_by_key(|(_, layer)| layer.len()).map(|(at, _)| at)
    }
}

/// Returns all Rust files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Returns the path of the module that a file holds; empty for `lib.rs`.
fn module_of(src: &Path, file: &Path) -> Vec<String> {
    let path = file.strip_prefix(src).unwrap().with_extension("");
    let mut module: Vec<String> = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if module.last().is_some_and(|name| ["mod", "lib"].contains(&name.as_str())) {
        module.pop();
    }
    module
}

/// Returns the innermost module on a path that begins with `crate`, `self` or `super`.
fn resolve(src: &Path, module: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut target = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "self" => module.to_vec(),
        _ => module[..module.len() - 1].to_vec(),
    };
    for name in &path[1..] {
        if name == "super" {
            target.pop()?;
            continue;
        }
        let child = target.iter().fold(src.to_owned(), |folder, part| folder.join(part)).join(name);
        if !child.is_dir() && !child.with_extension("rs").is_file() {
            break;
        }
        target.push(name.clone());
    }
    Some(target)
}

/// Collects the paths that begin with `crate` or `super`, except in test modules and in visibilities.
fn collect_paths(tokens: TokenStream, paths: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        if is_test_module(&tokens[at..]) {
            at += tokens[at..].iter().position(|token| is_group(token, Delimiter::Brace)).unwrap() + 1;
            continue;
        }
        match &tokens[at] {
            TokenTree::Ident(name) if name == "pub" && tokens.get(at + 1).is_some_and(is_visibility) => at += 1,
            TokenTree::Ident(name) if name == "crate" || name == "super" => {
                // In `a::super` the path begins earlier, and `$crate` is part of a `macro_rules!` expansion.
                let is_dollar =
                    |token: &TokenTree| matches!(token, TokenTree::Punct(dollar) if dollar.as_char() == '$');
                let is_continued = at > 1 && is_colons(&tokens[at - 2..]);
                let is_expansion = at > 0 && is_dollar(&tokens[at - 1]);
                if !is_continued && !is_expansion {
                    collect_tree(&tokens[at..], Vec::new(), paths);
                }
            }
            TokenTree::Group(group) => collect_paths(group.stream(), paths),
            _ => {}
        }
        at += 1;
    }
}

/// Collects all paths of a `use` tree, or the path of an expression. `prefix` is the part of the path before `tokens`.
fn collect_tree(tokens: &[TokenTree], mut prefix: Vec<String>, paths: &mut Vec<Vec<String>>) {
    let mut at = 0;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(name)) => prefix.push(name.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace && at > 0 => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
                return inner.split(is_comma).for_each(|tree| collect_tree(tree, prefix.clone(), paths));
            }
            _ => break,
        }
        if !tokens.get(at + 1..).is_some_and(is_colons) {
            break;
        }
        at += 3;
    }
    paths.push(prefix);
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    let is_colon = |token: &TokenTree| matches!(token, TokenTree::Punct(colon) if colon.as_char() == ':');
    tokens.len() >= 2 && tokens[..2].iter().all(is_colon)
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

/// Returns whether the token after `pub` is its parentheses, as in `pub(..)`.
fn is_visibility(token: &TokenTree) -> bool {
    is_group(token, Delimiter::Parenthesis)
}

/// Returns whether the tokens begin with `#[cfg(test)] mod ..`.
fn is_test_module(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), TokenTree::Ident(keyword), ..] = tokens else {
        return false;
    };
    hash.as_char() == '#' && attribute.stream().to_string().replace(' ', "") == "cfg(test)" && keyword == "mod"
}

#[test]
fn paths_are_found_in_trees_and_expressions() {
    let source = "
        use crate::a::{b::{C, self}, d};
        pub(in crate::hidden) fn f() -> super::E { crate::g::H::new(super::super::i()) }
        #[cfg(test)] mod tests { use crate::upper::X; }
    ";
    let mut paths = Vec::new();
    collect_paths(source.parse().unwrap(), &mut paths);
    let found: Vec<_> = paths.iter().map(|path| path.join("::")).collect();
    let wanted =
        ["crate::a::b::C", "crate::a::b::self", "crate::a::d", "super::E", "crate::g::H::new", "super::super::i"];
    assert_eq!(found, wanted);
}
