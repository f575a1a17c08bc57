use super::*;
use plumbline_core::document::MOST_TEXT;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A page of 200 by 100 points for each text.
fn pdf(pages: &[&str]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|n| format!("{} 0 R", 4 + 2 * n)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    for (n, text) in pages.iter().enumerate() {
        let shown = format!("BT /F1 12 Tf 10 50 Td ({text}) Tj ET");
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            5 + 2 * n
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{shown}\nendstream", shown.len()));
    }
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (n, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", n + 1));
    }
    let start = file.len();
    format!("{file}{table}trailer << /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1).into_bytes()
}

fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn file<'a>(name: &'a str, bytes: &'a [u8]) -> DocumentFile<'a> {
    DocumentFile { name, kind: DocumentKind::of_file(name).unwrap(), bytes }
}

fn read(name: &str, bytes: &[u8]) -> Result<Vec<String>, String> {
    DocumentFiles::USUAL.pages(file(name, bytes), &Job::quiet()).map_err(|e| e.to_string())
}

#[test]
fn every_kind_is_read_by_page() {
    let slide = |text: &str| format!("<p:sld xmlns:p='p' xmlns:a='a'><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>");
    let slides = archive(&[
        ("ppt/slides/slide10.xml", &slide("the last")),
        ("ppt/slides/slide2.xml", &slide("a &amp; b &#x21;")),
        ("ppt/slides/slide1.xml", &slide("An old gauge")),
        ("ppt/slides/_rels/slide1.xml.rels", "<r/>"),
    ]);
    let paper = archive(&[(
        "word/document.xml",
        "<w:document><w:body><w:p><w:r><w:t>An old</w:t><w:tab/><w:t> gauge</w:t></w:r></w:p><w:p><w:instrText>no</w:instrText>\
         <w:t>hums</w:t></w:p></w:body></w:document>",
    )]);
    let sheet = archive(&[
        ("xl/sharedStrings.xml", "<sst><si><t>gauge</t></si><si><r><t>a </t></r><r><t>hum</t></r></si></sst>"),
        (
            "xl/worksheets/sheet1.xml",
            "<worksheet><sheetData><row><c t=\"s\"><v>1</v></c><c><v>50</v></c></row><row><c t=\"inlineStr\"><is><t>here</t></is></c></row>\
             </sheetData></worksheet>",
        ),
    ]);
    for (name, bytes, pages) in [
        ("a.pdf", pdf(&["An old gauge", "A hum"]), vec!["An old gauge", "A hum"]),
        ("a.pptx", slides, vec!["An old gauge", "a & b !", "the last"]),
        ("a.docx", paper, vec!["An old\t gauge\nhums\n"]),
        ("a.xlsx", sheet, vec!["a hum\t50\nhere"]),
        ("a.html", b"<p>An old<script>no</script> gauge</p>".to_vec(), vec!["An old gauge"]),
        ("a.csv", b"gauge,50\n".to_vec(), vec!["gauge,50\n"]),
        ("a.txt", "An old gauge\u{c}A hum".into(), vec!["An old gauge", "A hum"]),
        ("a.txt", vec![], vec![]),
        ("a.doc", b"what only models read".to_vec(), vec![]),
    ] {
        assert_eq!(read(name, &bytes).unwrap(), pages, "{name}");
    }
}

#[test]
fn pages_become_pictures_no_larger_than_asked() {
    let bytes = pdf(&["An old gauge", "A hum", "third"]);
    let pictures = |name, bytes, edge, most| DocumentFiles::USUAL.pictures(file(name, bytes), edge, most, &Job::quiet()).unwrap();
    for (edge, most, count) in [(400, 2, 2), (64, 20, 3), (64, 0, 0)] {
        let made = pictures("a.pdf", &bytes, edge, most);
        assert_eq!(made.len(), count, "{most} of 3");
        assert!(made.iter().all(|p| (p.width, p.height) == (edge, edge / 2) && p.bytes.starts_with(&[0xff, 0xd8])), "{edge}");
    }
    assert!(pictures("a.txt", b"An old gauge", 64, 3).is_empty());
}

#[test]
fn what_cannot_be_read_is_a_sentence() {
    let bomb = "<w:t>".to_owned() + &" ".repeat(65 << 20);
    let long = format!("<w:p><w:t>{}</w:t></w:p>", "ab ".repeat(MOST_TEXT));
    let whole = pdf(&["An old gauge"]);
    let missing = DocumentFiles::new("/no/such/pdftotext", "/no/such/pdftoppm");
    for (name, bytes, says) in [
        ("a.pdf", b"no PDF".to_vec(), "can't be read"),
        ("a.pdf", vec![], "can't be read"),
        ("a.docx", b"no archive".to_vec(), "damaged"),
        ("a.pptx", archive(&[("word/document.xml", "<a/>")]), "it holds no ppt/slides/slide1.xml"),
        ("a.docx", archive(&[("word/document.xml", &bomb)]), "unpacks to more than 64 MB"),
        ("a.docx", archive(&[("word/document.xml", "<a></b>")]), "damaged"),
    ] {
        let said = read(name, &bytes).unwrap_err();
        assert!(said.starts_with(name) && said.contains(says), "{said}");
    }
    let long = read("a.docx", &archive(&[("word/document.xml", &long)])).unwrap();
    assert!(long.iter().map(String::len).sum::<usize>() >= MOST_TEXT, "what is too much is cut where the document is made");
    for said in [
        missing.pages(file("a.pdf", &whole), &Job::quiet()).unwrap_err().to_string(),
        missing.pictures(file("a.pdf", &whole), 64, 1, &Job::quiet()).unwrap_err().to_string(),
    ] {
        assert!(said.contains("a.pdf") && said.contains("poppler-utils"), "{said}");
    }
}

#[test]
fn no_damage_is_a_panic() {
    let whole =
        archive(&[("ppt/slides/slide1.xml", "<a:p><a:t>An old gauge</a:t></a:p>"), ("xl/worksheets/sheet1.xml", "<c t='s'><v>9</v></c>")]);
    for cut in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[cut] ^= 0x55;
        for name in ["a.pptx", "a.xlsx"] {
            drop(read(name, &whole[..cut]));
            drop(read(name, &flipped));
        }
    }
    for bytes in [&[][..], &[0xff, 0xd8], &[0xff, 0xd8, 0xff, 0xe0, 0, 0], &[0xff, 0xd8, 0xff, 0xc0, 0, 9, 8, 0]] {
        assert_eq!(jpeg_size(bytes), None, "{bytes:?}");
    }
}
