fn main() {
    plumbline_desk::run();
}
