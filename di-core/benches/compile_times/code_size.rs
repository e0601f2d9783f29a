//! Size of the code that a generated crate compiles to.

use crate::generated::GeneratedCrate;

/// Size of a crate's code.
pub(crate) struct CodeSize {
    /// Bytes of the stripped binary in the release profile, with the standard library.
    pub(crate) binary: u64,
    /// Number of monomorphized functions in the debug profile.
    pub(crate) functions: usize,
    /// Number of lines of LLVM IR in the debug profile.
    pub(crate) lines: usize,
}

impl CodeSize {
    /// Builds the crate in both profiles.
    pub(crate) fn new(generated: &GeneratedCrate) -> Self {
        generated.cargo(&["rustc", "--", "--emit=llvm-ir", "-Ccodegen-units=1"]);
        let representation = generated.llvm_ir();
        generated.cargo(&["build", "--release", "--config", "profile.release.strip=true"]);
        CodeSize {
            binary: generated.binary_size(),
            functions: representation.lines().filter(|line| line.starts_with("define ")).count(),
            lines: representation.lines().count(),
        }
    }
}
