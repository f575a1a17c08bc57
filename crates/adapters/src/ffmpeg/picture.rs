//! From decoded pictures to upright RGB with square pixels.

use ffmpeg_next as av;
use ffmpeg_next::codec::packet::side_data;
use ffmpeg_next::color;
use ffmpeg_next::format::Pixel;
use ffmpeg_next::software::scaling;

use super::raw;

/// How coded pixels become shown ones: stretched to square pixels, then turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    /// Size after stretching, before turning.
    size: (u32, u32),
    turn: Turn,
}

/// Where pixel (x, y) goes: to (a·x + c·y, b·x + d·y), shifted into view. Each row and column holds one of -1 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turn {
    a: i64,
    b: i64,
    c: i64,
    d: i64,
}

const UPRIGHT: Turn = Turn { a: 1, b: 0, c: 0, d: 1 };

impl Shape {
    /// The shape of a stream's pictures of `coded` size, whose codec states `pixel_aspect`.
    pub(super) fn of(stream: &av::Stream, coded: (u32, u32), pixel_aspect: av::Rational) -> Self {
        let container = raw::container_pixel_aspect(stream);
        let stated = |r: &av::Rational| r.numerator() > 0 && r.denominator() > 0;
        let aspect = [container, pixel_aspect].into_iter().find(stated).unwrap_or(av::Rational(1, 1));
        let (num, den) = (u64::from(aspect.numerator().unsigned_abs()), u64::from(aspect.denominator().unsigned_abs()));
        let width = (u64::from(coded.0) * num + den / 2) / den;
        let matrix = stream.side_data().find(|d| d.kind() == side_data::Type::DisplayMatrix);
        let turn = matrix.and_then(|m| Turn::from_matrix(m.data())).unwrap_or(UPRIGHT);
        Self { size: (u32::try_from(width).unwrap_or(coded.0), coded.1), turn }
    }

    /// Width and height as shown.
    pub(super) fn shown(self) -> (u32, u32) {
        self.turn.size(self.size)
    }

    /// The same, brought to this shown size.
    pub(super) fn at(self, shown: (u32, u32)) -> Self {
        Self { size: self.turn.size(shown), ..self }
    }

    /// The same, shrunk (never grown) until no edge is longer than `max_edge`.
    pub(super) fn fit(self, max_edge: u32) -> Self {
        let (width, height) = self.size;
        let (edge, max_edge) = (u64::from(width.max(height)), u64::from(max_edge.max(1)));
        if edge <= max_edge {
            return self;
        }
        let shrink = |v: u32| ((u64::from(v) * max_edge + edge / 2) / edge).max(1) as u32;
        Self { size: (shrink(width), shrink(height)), ..self }
    }
}

impl Turn {
    /// Reads a display matrix: nine 16.16 and 2.30 numbers, row by row, in the machine's byte order. Only quarter turns and mirrors are known.
    fn from_matrix(bytes: &[u8]) -> Option<Self> {
        let sign = |i: usize| Some(i64::from(i32::from_ne_bytes(bytes.get(4 * i..4 * i + 4)?.try_into().ok()?).signum()));
        let turn = Self { a: sign(0)?, b: sign(1)?, c: sign(3)?, d: sign(4)? };
        let (straight, crossed) = ((turn.a * turn.d).abs(), (turn.b * turn.c).abs());
        (straight + crossed == 1 && turn.a.abs() == straight && turn.b.abs() == crossed && turn.d.abs() == straight).then_some(turn)
    }

    fn size(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.a == 0 { (height, width) } else { (width, height) }
    }

    /// Turns packed pixels of `N` bytes, a picture of the given size.
    fn apply<const N: usize>(self, pixels: Vec<u8>, size: (u32, u32)) -> Vec<u8> {
        if self == UPRIGHT {
            return pixels;
        }
        let (out_width, out_height) = self.size(size);
        let (width, height) = (i64::from(size.0), i64::from(size.1));
        // The corner that falls furthest to the left and the top moves to 0.
        let shift_x = (-(self.a * (width - 1))).max(0) + (-(self.c * (height - 1))).max(0);
        let shift_y = (-(self.b * (width - 1))).max(0) + (-(self.d * (height - 1))).max(0);
        let mut out = vec![0; N * out_width as usize * out_height as usize];
        for (i, pixel) in pixels.chunks_exact(N).enumerate() {
            let (x, y) = (i as i64 % width, i as i64 / width);
            let to = (self.a * x + self.c * y + shift_x) + (self.b * x + self.d * y + shift_y) * i64::from(out_width);
            let to = N * to as usize;
            out[to..to + N].copy_from_slice(pixel);
        }
        out
    }
}

/// A scaler that follows the format of its input.
pub(super) struct Scaler {
    context: Option<scaling::Context>,
    flags: scaling::Flags,
}

impl Scaler {
    pub(super) fn new(flags: scaling::Flags) -> Self {
        Self { context: None, flags }
    }

    /// Scales into `to`, which must be empty or of that format and size.
    pub(super) fn run(
        &mut self,
        from: &av::frame::Video,
        format: Pixel,
        size: (u32, u32),
        to: &mut av::frame::Video,
    ) -> Result<(), av::Error> {
        let wanted = scaling::context::Definition { format: from.format(), width: from.width(), height: from.height() };
        let context = match self.context.take() {
            Some(context) if *context.input() == wanted => context,
            _ => scaling::Context::get(wanted.format, wanted.width, wanted.height, format, size.0, size.1, self.flags)?,
        };
        self.context.insert(context).run(from, to)
    }
}

/// The picture as shown, in rows of packed pixels of `N` bytes: red, green, blue, and with 4 of them an opaque alpha.
pub(super) fn upright<const N: usize>(picture: &av::frame::Video, shape: Shape) -> Result<Vec<u8>, av::Error> {
    let mut scaler = Scaler::new(scaling::Flags::BICUBIC | scaling::Flags::ACCURATE_RND);
    let mut scaled = av::frame::Video::empty();
    let format = if is_rgb(picture.format()) { Pixel::RGB24 } else { Pixel::YUV444P };
    scaler.run(picture, format, shape.size, &mut scaled)?;
    let (width, height) = (shape.size.0 as usize, shape.size.1 as usize);
    let row = |plane: usize, y: usize, bytes: usize| &scaled.data(plane)[y * scaled.stride(plane)..][..bytes];
    let mut pixels = vec![u8::MAX; N * width * height];
    let colours = Colours::of(picture);
    for (y, out) in pixels.chunks_exact_mut(N * width).enumerate() {
        let out = out.chunks_exact_mut(N);
        if format == Pixel::RGB24 {
            out.zip(row(0, y, 3 * width).chunks_exact(3)).for_each(|(out, rgb)| out[..3].copy_from_slice(rgb));
        } else {
            let planes = row(0, y, width).iter().zip(row(1, y, width)).zip(row(2, y, width));
            out.zip(planes).for_each(|(out, ((y, cb), cr))| out[..3].copy_from_slice(&colours.rgb([*y, *cb, *cr])));
        }
    }
    Ok(shape.turn.apply::<N>(pixels, shape.size))
}

fn is_rgb(format: Pixel) -> bool {
    let name = format.descriptor().map_or("", |d| d.name());
    ["rgb", "bgr", "gbr", "pal8"].iter().any(|part| name.contains(part))
}

/// Whether luma takes the whole range of 8 bits once the scaler was through. It brings the old "J" formats to the limited range.
pub(super) fn is_full_range(picture: &av::frame::Video) -> bool {
    let old = picture.format().descriptor().is_some_and(|d| d.name().starts_with("yuvj"));
    picture.color_range() == color::Range::JPEG && !old && !is_rgb(picture.format())
}

/// How luma and chroma become RGB, in shares of 1 / 2^16. libav's scaler would take every picture for standard definition and shift the colours
/// of HD.
struct Colours {
    /// Luma of black, and its scale to 0..255.
    black: i32,
    luma: i32,
    /// Red from Cr, green from Cb and Cr, blue from Cb.
    red: i32,
    green: (i32, i32),
    blue: i32,
}

impl Colours {
    fn of(picture: &av::frame::Video) -> Self {
        let (kr, kb) = match picture.color_space() {
            color::Space::BT709 => (0.2126, 0.0722),
            color::Space::BT2020NCL | color::Space::BT2020CL => (0.2627, 0.0593),
            // As players guess: high definition is BT.709.
            color::Space::Unspecified if picture.height() > 576 => (0.2126, 0.0722),
            _ => (0.299, 0.114),
        };
        let (black, luma, chroma) = if is_full_range(picture) { (0, 1.0, 1.0) } else { (16, 255.0 / 219.0, 255.0 / 224.0) };
        let fixed = |factor: f64| (factor * f64::from(1 << 16)).round() as i32;
        let kg = 1.0 - kr - kb;
        Self {
            black,
            luma: fixed(luma),
            red: fixed(2.0 * (1.0 - kr) * chroma),
            green: (fixed(2.0 * kb * (1.0 - kb) / kg * chroma), fixed(2.0 * kr * (1.0 - kr) / kg * chroma)),
            blue: fixed(2.0 * (1.0 - kb) * chroma),
        }
    }

    fn rgb(&self, [y, cb, cr]: [u8; 3]) -> [u8; 3] {
        let y = (i32::from(y) - self.black) * self.luma + (1 << 15);
        let (cb, cr) = (i32::from(cb) - 128, i32::from(cr) - 128);
        [y + self.red * cr, y - self.green.0 * cb - self.green.1 * cr, y + self.blue * cb].map(|v| (v >> 16).clamp(0, 255) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(a: i32, b: i32, c: i32, d: i32) -> Vec<u8> {
        [a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30].iter().flat_map(|v: &i32| v.to_ne_bytes()).collect()
    }

    #[test]
    fn pictures_are_turned_as_the_matrix_says() {
        // Three pixels across, two down:  1 2 3 / 4 5 6
        let rgb: Vec<u8> = (1..=6).flat_map(|v| [v, v, v]).collect();
        for (what, m, size, expected) in [
            ("upright", matrix(1, 0, 0, 1), (3, 2), [1, 2, 3, 4, 5, 6]),
            ("a quarter clockwise", matrix(0, 1, -1, 0), (2, 3), [4, 1, 5, 2, 6, 3]),
            ("a half", matrix(-1, 0, 0, -1), (3, 2), [6, 5, 4, 3, 2, 1]),
            ("a quarter counter-clockwise", matrix(0, -1, 1, 0), (2, 3), [3, 6, 2, 5, 1, 4]),
            ("mirrored", matrix(-1, 0, 0, 1), (3, 2), [3, 2, 1, 6, 5, 4]),
        ] {
            let turn = Turn::from_matrix(&m).unwrap_or(UPRIGHT);
            assert_eq!(turn.size((3, 2)), size, "{what}");
            let turned: Vec<u8> = turn.apply::<3>(rgb.clone(), (3, 2)).chunks(3).map(|p| p[0]).collect();
            assert_eq!(turned, expected, "{what}");
        }
        for bad in [matrix(1, 1, -1, 1), matrix(0, 0, 0, 0), vec![1; 7]] {
            assert_eq!(Turn::from_matrix(&bad), None);
        }
    }

    #[test]
    fn shapes_shrink_and_never_grow() {
        for (size, max_edge, fits) in
            [((1920, 1080), 960, (960, 540)), ((100, 50), 960, (100, 50)), ((4000, 1), 10, (10, 1)), ((7, 9), 0, (1, 1))]
        {
            assert_eq!(Shape { size, turn: UPRIGHT }.fit(max_edge).shown(), fits);
        }
    }
}
