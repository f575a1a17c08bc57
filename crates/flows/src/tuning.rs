//! What both shells do about thresholds: begin checks with a seed of their own, and put in force what the checks allow.

use plumbline_core::gate::GateId;
use plumbline_project::views::{Changed, Proposal};
use plumbline_project::{By, Error, Op, Project};
use std::collections::BTreeMap;

/// Begins to draw units of a gate to be checked. The seed comes from the system, so that nobody chose it by looking.
///
/// # Errors
/// [`Error::Refused`] for a promise or a draw that can't be made, or where the gate is off.
pub fn start_checks(
    project: &mut Project,
    gate: GateId,
    (alpha, delta): (f64, f64),
    (pi, cap): (f64, u32),
    by: &By,
) -> Result<Changed, Error> {
    let mut seed = [0u8; 16];
    getrandom::fill(&mut seed).map_err(|e| Error::Refused(format!("The system gives no random numbers: {e}")))?;
    let seed = format!("{:032x}", u128::from_be_bytes(seed));
    project.apply(Op::StartProbing { gate, alpha, delta, pi, cap, seed }, by)
}

/// Puts the limits in force that the checks allow, as a version that keeps what they stand on. Gives what was proposed, whether any of it was
/// in force already or nothing was allowed. `seen` is the digest of the proposal that somebody looked at.
///
/// # Errors
/// As [`Project::propose_limits`], where the proposal is no longer the one that was seen, and where it can't be written.
pub fn activate(
    project: &mut Project,
    gates: &[GateId],
    (alpha, delta): (f64, f64),
    seen: Option<&str>,
    by: &By,
) -> Result<(Proposal, Option<Changed>), Error> {
    let proposal = project.propose_limits(gates, alpha, delta)?;
    if seen.is_some_and(|seen| seen != proposal.digest) {
        return Err(Error::Refused("The proposal is not the one that was looked at: more was decided since. Propose again".to_owned()));
    }
    let limits: BTreeMap<GateId, Option<f64>> = proposal.gates.iter().filter_map(|g| Some((g.gate, Some(g.to?)))).collect();
    if limits.is_empty() {
        return Ok((proposal, None));
    }
    let names: Vec<&str> = limits.keys().map(|gate| gate.row().label).collect();
    let note = format!(
        "{}: at most {} % of what passes is a defect, at {} % confidence",
        names.join(", "),
        (alpha * 1000.0).round() / 10.0,
        ((1.0 - delta) * 1000.0).round() / 10.0
    );
    let changed = project.apply(Op::SetLimits { limits, note, evidence: proposal.evidence.clone() }, by)?;
    Ok((proposal, Some(changed)))
}
