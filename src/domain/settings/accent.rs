//! The accent colour, and the shades of it that can be read (WCAG 2.2, 1.4.3) on light and on dark
//! pages.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The least contrast of text.
const READABLE: f64 = 4.5;
/// Our own accent, whose shades stand in the style sheet itself.
const OURS: Colour = [0x14, 0x65, 0x5a];

const WHITE: Colour = [255, 255, 255];
const BLACK: Colour = [0, 0, 0];
/// What text stands on in the style sheet: `--ground` and `--surface`.
const LIGHT: [Colour; 2] = [[0xf5, 0xf4, 0xf0], WHITE];
const DARK: [Colour; 2] = [[0x1e, 0x1d, 0x1b], [0x15, 0x15, 0x13]];

type Colour = [u8; 3];

/// A colour as somebody chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent(Colour);

/// What is made of it for light or for dark pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    accent: Colour,
    hover: Colour,
    soft: Colour,
    on_accent: Colour,
}

impl Default for Accent {
    fn default() -> Accent {
        Accent(OURS)
    }
}

impl Accent {
    /// Reads `#14655a`, also without the `#`.
    pub fn parse(text: &str) -> Option<Accent> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Accent([part(0)?, part(2)?, part(4)?]))
    }

    /// The six digits, without the `#`.
    pub fn digits(self) -> String {
        hex(self.0)
    }

    /// For light pages: darkened until it can be read.
    pub fn light(self) -> Palette {
        palette(self.0, (BLACK, WHITE), &LIGHT)
    }

    /// For dark pages: lightened until it can be read.
    pub fn dark(self) -> Palette {
        palette(self.0, (WHITE, DARK[0]), &DARK)
    }

    /// A sentence about what had to be changed for light pages, if anything had to.
    pub fn adjusted(self) -> Option<String> {
        let light = self.light().accent;
        (light != self.0).then(|| {
            format!(
                "#{} is too pale to be read on white, so light pages use #{}.",
                hex(self.0),
                hex(light)
            )
        })
    }

    /// The style sheet that puts its shades in place of ours, under `selector`.
    pub fn style_sheet(self, selector: &str) -> String {
        let light = self.light().declarations();
        let dark = self.dark().declarations();
        format!(
            "{selector} {{\n{light}}}\n\n@media (prefers-color-scheme: dark) {{\n{selector} {{\n{dark}}}\n}}\n"
        )
    }
}

impl Palette {
    fn declarations(self) -> String {
        let all = [
            ("accent", self.accent),
            ("accent-hover", self.hover),
            ("accent-soft", self.soft),
            ("on-accent", self.on_accent),
        ];
        all.map(|(name, colour)| format!("  --{name}: #{};\n", hex(colour))).concat()
    }
}

/// Moves a colour towards `end` until text in it can be read on every ground, and on the soft shade
/// of itself.
fn palette(chosen: Colour, (end, paper): (Colour, Colour), grounds: &[Colour; 2]) -> Palette {
    let fits = |accent: Colour| {
        let soft = mix(accent, paper, 0.88);
        [grounds[0], grounds[1], soft].iter().all(|ground| contrast(accent, *ground) >= READABLE)
    };
    let steps = (0..=50).map(|step| mix(chosen, end, f64::from(step) / 50.0));
    let accent = steps.into_iter().find(|colour| fits(*colour)).unwrap_or(end);
    let hover = mix(accent, end, 0.25);
    let tinted = mix(accent, if end == BLACK { WHITE } else { BLACK }, 0.85);
    let legible = |on: Colour| contrast(on, accent) >= READABLE && contrast(on, hover) >= READABLE;
    let candidates = [if end == BLACK { WHITE } else { tinted }, BLACK, WHITE];
    let on_accent = candidates.into_iter().find(|on| legible(*on)).unwrap_or(grounds[1]);
    Palette { accent, hover, soft: mix(accent, paper, 0.88), on_accent }
}

fn mix(from: Colour, to: Colour, share: f64) -> Colour {
    let part = |at: usize| {
        let (from, to) = (f64::from(from[at]), f64::from(to[at]));
        // Between two bytes lies a byte.
        (from + (to - from) * share).round() as u8
    };
    [part(0), part(1), part(2)]
}

/// The contrast ratio of WCAG 2.2.
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    let linear = |byte: u8| {
        let part = f64::from(byte) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])
}

fn hex(colour: Colour) -> String {
    colour.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl std::fmt::Display for Accent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", hex(self.0))
    }
}

impl Serialize for Accent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Accent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Accent, D::Error> {
        let text = String::deserialize(deserializer)?;
        Accent::parse(&text).ok_or_else(|| de::Error::custom("not a colour"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Accent, DARK, LIGHT, Palette, READABLE, contrast};

    fn check(palette: Palette, grounds: [super::Colour; 2], accent: Accent) {
        for ground in [grounds[0], grounds[1], palette.soft] {
            assert!(contrast(palette.accent, ground) >= READABLE, "{accent} text {palette:?}");
            assert!(contrast(palette.hover, ground) >= READABLE, "{accent} hover {palette:?}");
        }
        for button in [palette.accent, palette.hover] {
            assert!(contrast(palette.on_accent, button) >= READABLE, "{accent} button {palette:?}");
        }
    }

    #[test]
    fn whatever_is_chosen_can_be_read() {
        let parts = [0, 40, 80, 120, 160, 200, 255];
        for red in parts {
            for green in parts {
                for blue in parts {
                    let accent = Accent([red, green, blue]);
                    check(accent.light(), LIGHT, accent);
                    check(accent.dark(), DARK, accent);
                }
            }
        }
    }

    #[test]
    fn a_good_colour_stays_and_a_pale_one_is_told_of() {
        let blue = Accent::parse("1f4e9e").unwrap();
        assert_eq!(blue.light().accent, blue.0);
        assert_eq!(blue.adjusted(), None);
        let yellow = Accent::parse("#FFD400").unwrap();
        assert!(yellow.adjusted().unwrap().starts_with("#ffd400 is too pale"));
        assert_eq!(yellow.dark().accent, yellow.0);
        let sheet = yellow.style_sheet(":root");
        assert!(sheet.contains("--accent: #ffd400;") && sheet.contains("--on-accent: #"));
    }
}
