//! Serves the bare editor's page and the text for it.

use std::path::Path;
use tower_http::services::ServeDir;

/// Writes the text beside the page and serves both; gives the address.
pub async fn serve(folder: &Path, lines: &[String]) -> String {
    std::fs::write(folder.join("lines.txt"), lines.join("\n")).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let pages = axum::Router::new().fallback_service(ServeDir::new(folder));
    tokio::spawn(async move { axum::serve(listener, pages).await });
    address
}
