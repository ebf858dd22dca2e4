//! Stacked bands, shared by the plots that have them.

use super::plot::{Axis, HEIGHT, steps};

/// A band of a stack.
pub(super) struct Layer {
    /// Its name on the page.
    pub name: &'static str,
    /// Its class in the style sheet.
    pub class: &'static str,
    /// Its thickness in each bucket.
    pub values: Vec<f64>,
}

/// A stack drawn: the shapes, and where each layer's name belongs.
pub(super) struct Drawn {
    pub shapes: String,
    pub names: Vec<(&'static str, &'static str, f64)>,
}

/// The height of the whole stack in each bucket.
pub(super) fn totals(layers: &[Layer]) -> Vec<f64> {
    let length = layers.iter().map(|layer| layer.values.len()).max();
    let mut totals = vec![0.0; length.unwrap_or(0)];
    for layer in layers {
        for (total, value) in totals.iter_mut().zip(&layer.values) {
            *total += value;
        }
    }
    totals
}

/// Draws the layers, the first at the bottom. Names stand at the height of the layer where it is thickest.
pub(super) fn draw(layers: &[Layer], axis: &Axis, width: f64) -> Drawn {
    let mut drawn = Drawn {
        shapes: String::new(),
        names: Vec::new(),
    };
    let mut below = vec![0.0; totals(layers).len()];
    let mut lower = vec![HEIGHT; below.len()];
    for layer in layers {
        for (sum, value) in below.iter_mut().zip(&layer.values) {
            *sum += value;
        }
        let upper: Vec<f64> = below.iter().map(|sum| axis.y(*sum)).collect();
        let band = steps(layer.class, width, &lower, &upper);
        if !band.is_empty() {
            let middles = lower.iter().zip(&upper);
            let thickest = middles
                .map(|(lower, upper)| (lower - upper, f64::midpoint(*lower, *upper)))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            let middle = thickest.map_or(HEIGHT, |(_, middle)| middle);
            drawn.names.push((layer.name, layer.class, middle));
        }
        drawn.shapes.push_str(&band);
        lower = upper;
    }
    drawn
}
