use super::harness::Window;

#[tokio::test(flavor = "multi_thread")]
async fn look() {
    let home = tempfile::tempdir().unwrap();
    let window = Window::open(home.path(), &[]).await;
    window.client.set_window_size(1440, 900).await.unwrap();
    window.find("room-review").await;
    window.until("proposal", "return document.querySelector('[data-testid=proposal]') !== null").await;
    window.until("video", "return document.querySelector('video')?.readyState >= 2").await;
    std::thread::sleep(std::time::Duration::from_secs(3));
    window.screenshot(std::path::Path::new("/tmp/w1.png")).await;
    window.press("y").await;
    std::thread::sleep(std::time::Duration::from_secs(3));
    window.screenshot(std::path::Path::new("/tmp/w2.png")).await;
    window.press("Ctrl+1").await;
    std::thread::sleep(std::time::Duration::from_secs(1));
    window.screenshot(std::path::Path::new("/tmp/w3.png")).await;
    window.close().await;
}
