//! Lines over time as SVG, in colours that the page decides, so that it suits light and dark.

use plotters::prelude::*;

const SIZE: (u32, u32) = (960, 320);

/// A line of a chart.
pub(super) struct Line {
    pub(super) name: &'static str,
    /// The page's custom property with its colour.
    pub(super) colour: &'static str,
    pub(super) points: Vec<(f64, f64)>,
}

/// Draws lines with a common scale that begins at zero.
///
/// # Errors
/// When the drawing library fails.
pub(super) fn svg(unit: &str, end: f64, lines: &[Line]) -> anyhow::Result<String> {
    let values = lines.iter().flat_map(|line| &line.points);
    let top = values.map(|(_, value)| *value).fold(0.0, f64::max);
    let top = if top > 0.0 { top * 1.05 } else { 1.0 };
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(72)
            .build_cartesian_2d(0.0..end.max(1.0), 0.0..top)?;
        let (ink, grid) = (placeholder(0), placeholder(1));
        chart
            .configure_mesh()
            .axis_style(ink)
            .bold_line_style(grid)
            .light_line_style(TRANSPARENT)
            .label_style(("sans-serif", 15).into_font().color(&ink))
            .x_desc("seconds")
            .y_desc(unit)
            .x_label_formatter(&|second| label(*second))
            .y_label_formatter(&|value| label(*value))
            .draw()?;
        for (place, line) in lines.iter().enumerate() {
            let style = placeholder(2 + place).stroke_width(2);
            chart.draw_series(LineSeries::new(line.points.iter().copied(), style))?;
        }
        area.present()?;
    }
    Ok(coloured(svg, lines))
}

/// A colour that stands for one the page decides; nothing else is drawn in it.
fn placeholder(place: usize) -> RGBColor {
    RGBColor(1, 2, u8::try_from(place).unwrap_or(u8::MAX))
}

fn coloured(mut svg: String, lines: &[Line]) -> String {
    let names = ["--ink", "--grid"].into_iter();
    for (place, name) in names
        .chain(lines.iter().map(|line| line.colour))
        .enumerate()
    {
        let RGBColor(red, green, blue) = placeholder(place);
        let code = format!("#{red:02X}{green:02X}{blue:02X}");
        svg = svg.replace(&code, &format!("var({name})"));
    }
    svg
}

fn label(value: f64) -> String {
    if value < 10.0 && value.fract() != 0.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}
