//! Seeded random streams, one for each purpose and name.
//!
//! A stream depends on the seed, the purpose and the name only. So a second workload does not shift the draws of the
//! first, and two policies run on the same arrivals (common random numbers).

use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;

/// The stream of one purpose (`"arrivals"`, `"service"`, ...) of one named thing, under a seed.
///
/// The three are hashed (FNV-1a) and expanded (`SplitMix64`) to the full state of the generator: PCG streams that
/// differ in few bits of their seed would be correlated.
#[must_use]
pub fn stream(seed: u64, purpose: &str, name: &str) -> Pcg64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let separator = [0xff];
    let bytes = [
        &seed.to_le_bytes(),
        purpose.as_bytes(),
        &separator,
        name.as_bytes(),
    ];
    let mut state = bytes.into_iter().flatten().fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(PRIME)
    });
    let mut full = [0; 32];
    for chunk in full.chunks_exact_mut(8) {
        chunk.copy_from_slice(&split_mix(&mut state).to_le_bytes());
    }
    Pcg64::from_seed(full)
}

/// One of `count` things, below `count`, for a number: always the same under the same key, and any as often as any other
/// over many numbers. Unlike a stream it can be asked again.
///
/// # Panics
///
/// Never: what is picked is below `count`.
#[must_use]
pub fn pick(key: u64, number: u64, count: u32) -> u32 {
    let mixed = split_mix(&mut (key ^ number));
    let scaled = (u128::from(mixed) * u128::from(count)) >> 64;
    u32::try_from(scaled).expect("below count")
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    #[test]
    fn a_stream_is_repeatable_and_changes_with_seed_purpose_and_name() {
        let first = |seed, purpose, name| stream(seed, purpose, name).next_u64();
        let reference = first(7, "arrivals", "web");
        assert_eq!(reference, first(7, "arrivals", "web"));
        for other in [
            first(8, "arrivals", "web"),
            first(7, "service", "web"),
            first(7, "arrivals", "api"),
        ] {
            assert_ne!(reference, other);
        }
    }

    #[test]
    fn numbers_in_a_row_pick_each_thing_about_as_often_and_the_same_when_asked_again() {
        let mut picked = [0_u32; 10];
        for number in 0..10_000 {
            let one = pick(7, number, 10);
            assert_eq!(one, pick(7, number, 10));
            picked[one as usize] += 1;
        }
        assert!(
            picked.iter().all(|times| (850..1_150).contains(times)),
            "{picked:?}"
        );
    }
}
