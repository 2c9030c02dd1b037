//! The few statistics a gap table rests on, each with the source of its formula.

/// Upper 2.5 % point of the standard normal distribution.
const Z_95: f64 = 1.959_963_984_540_054;

/// Wilson's 95 % score interval of a share of `hits` in `total`; `None` where `total` is 0.
///
/// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209-212.
/// Unlike the textbook interval it stays inside 0 to 1 and is sound for small counts and for 0.
pub fn wilson_interval(hits: u64, total: u64) -> Option<(f64, f64)> {
    if total == 0 {
        return None;
    }
    let (n, p) = (total as f64, hits as f64 / total as f64);
    let z2 = Z_95 * Z_95;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z_95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    Some(((centre - half).max(0.0), (centre + half).min(1.0)))
}

/// Probability of a share as low as `hits` in `total` if the true share were `expected`: the one-sided score test of
/// p < q, with the variance taken under q. `None` unless 0 < `expected` < 1 and `total` > 0.
///
/// A. Agresti, *Categorical Data Analysis*, 3rd ed. (2013), section 1.3.3.
pub fn score_test_below(hits: u64, total: u64, expected: f64) -> Option<f64> {
    if total == 0 || !(expected > 0.0 && expected < 1.0) {
        return None;
    }
    let n = total as f64;
    let z = (hits as f64 / n - expected) / (expected * (1.0 - expected) / n).sqrt();
    Some(normal_cdf(z))
}

/// Which of many tests to reject so that at most `rate` of the rejections are expected to be false: in the order of
/// `p_values`.
///
/// Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", J. R. Stat. Soc. B 57 (1995), 289-300: with the
/// p-values sorted, reject up to the largest k with p(k) ≤ k/m × rate.
pub fn benjamini_hochberg(p_values: &[f64], rate: f64) -> Vec<bool> {
    let mut sorted = p_values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let m = sorted.len() as f64;
    let threshold = sorted.iter().enumerate().rev().find(|(i, p)| **p <= (*i + 1) as f64 / m * rate).map(|(_, p)| *p);
    p_values.iter().map(|p| threshold.is_some_and(|t| *p <= t)).collect()
}

/// Φ: the share of a standard normal distribution below `z`.
pub fn normal_cdf(z: f64) -> f64 {
    erfc(-z / std::f64::consts::SQRT_2) / 2.0
}

/// Complementary error function, to about 1e-14: the series of Abramowitz and Stegun 7.1.6 near zero, the continued
/// fraction 7.1.14 further out.
fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    let root_pi = std::f64::consts::PI.sqrt();
    if x < 2.5 {
        let (mut term, mut sum, mut n) = (x, x, 0.0);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= 2.0 * x * x / (2.0 * n + 1.0);
            sum += term;
        }
        return 1.0 - 2.0 / root_pi * (-x * x).exp() * sum;
    }
    // Evaluated from the inside out; 60 levels are more than enough from 2.5 upwards.
    let fraction = (1..=60).rev().fold(x, |inner, k| x + f64::from(k) / 2.0 / inner);
    (-x * x).exp() / root_pi / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, within: f64) {
        assert!((a - b).abs() <= within, "{a} is not {b}");
    }

    #[test]
    fn the_normal_distribution_agrees_with_printed_tables() {
        for (z, share) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_543),
            (-1.0, 0.158_655_253_931_457),
            (1.959_963_984_540_054, 0.975),
            (-1.644_853_626_951_473, 0.05),
            (-3.0, 0.001_349_898_031_630),
            (-6.0, 9.865_876_450_377e-10),
        ] {
            close(normal_cdf(z), share, 1e-12);
        }
    }

    #[test]
    fn both_halves_of_the_error_function_meet() {
        close(normal_cdf(2.499_999_999 * std::f64::consts::SQRT_2), normal_cdf(2.5 * std::f64::consts::SQRT_2), 1e-11);
    }

    #[test]
    fn wilson_agrees_with_a_published_example() {
        // R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
        for (hits, total, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let (lo, hi) = wilson_interval(hits, total).unwrap();
            close(lo, low, 5e-5);
            close(hi, high, 5e-5);
        }
        assert_eq!(wilson_interval(0, 0), None);
    }

    #[test]
    fn the_score_test_agrees_with_hand_calculation() {
        // 40 of 100 against one half: z = -0.1 / 0.05 = -2.
        close(score_test_below(40, 100, 0.5).unwrap(), 0.022_750_131_948_179, 1e-12);
        assert_eq!(score_test_below(1, 10, 0.0), None);
        assert_eq!(score_test_below(1, 10, 1.0), None);
        assert_eq!(score_test_below(0, 0, 0.5), None);
    }

    #[test]
    fn benjamini_and_hochberg_reject_the_four_of_their_own_example() {
        // Their section 3.2: 15 p-values at 0.05, the first four are rejected.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.000,
        ];
        let rejected = benjamini_hochberg(&p, 0.05);
        assert_eq!(rejected.iter().filter(|r| **r).count(), 4);
        assert!(rejected[..4].iter().all(|r| *r));
        assert!(benjamini_hochberg(&[], 0.05).is_empty());
    }
}
