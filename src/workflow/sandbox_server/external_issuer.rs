//! Which keys does Entra accept from a real cluster, and under which issuer?

use std::path::Path;

use crate::error::Failure;
use crate::files;
use crate::next_step::NextStep;
use crate::sandbox::ExternalIssuer;
use crate::spec::command_line::kubectl;

/// Reads the keys of the issuer `url` from a file that kubectl wrote.
pub(crate) fn read(url: &str, file: &Path) -> Result<ExternalIssuer, Failure> {
    let shown = file.display();
    let key_set = files::read(file)
        .map_err(|cause| Failure::usage(format!("read {shown}")).problem(cause.into()))?;
    ExternalIssuer::new(url, &key_set).map_err(|cause| {
        Failure::usage(format!("use the keys in {shown}"))
            .because(cause)
            .next(NextStep::run(
                "move this file away, and save the keys again",
                kubectl::save_signing_keys(file),
            ))
    })
}
