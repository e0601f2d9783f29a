//! The HTML page of a build report.

use std::fmt::Write;
use std::time::Duration;

use super::report::{BuildReport, Row, Summary, format_duration};
use crate::internal::page::{self, filled, html_escaped};

/// The page template. Its placeholders are filled from top to bottom.
const PAGE: &str = include_str!("page/waterfall.html");

const STYLE: &str = include_str!("page/waterfall.css");

impl BuildReport {
    /// Renders the waterfall as a self-contained HTML page. The critical path is highlighted. Styled like the page from
    /// [`Graph::to_html`](crate::Graph::to_html).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use di_core::{Component, Container};
    ///
    /// #[derive(Component)]
    /// pub struct Store;
    ///
    /// #[derive(Container)]
    /// pub struct App {
    ///     #[component]
    ///     pub store: Arc<Store>,
    /// }
    ///
    /// # async fn start() -> Result<(), di_core::BuildError> {
    /// let (_app, report) = App::builder().build().with_report().await?;
    /// std::fs::write("start-up.html", report.to_html()).expect("the directory is writable");
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_html(&self) -> String {
        let Summary { verb, path, path_time } = self.summary();
        let mut rows = String::new();
        for row in self.rows() {
            self.write_row(&mut rows, &row);
        }
        for node in self.supplied() {
            let id = html_escaped(&node.id());
            _ = writeln!(
                rows,
                "<tr class=\"supplied\"><td>{id}</td><td colspan=\"2\"></td><td>supplied, or not needed</td></tr>"
            );
        }
        let name = html_escaped(self.container());
        let style = [page::STYLE, STYLE].concat();
        let parts = [
            ("{{title}}", &*name),
            ("{{style}}", &style),
            ("{{heading}}", &name),
            ("{{verb}}", verb),
            ("{{duration}}", &format_duration(self.duration())),
            ("{{time}}", &format_duration(path_time)),
            ("{{path}}", &html_escaped(&path.join(" → "))),
            ("{{rows}}", &rows),
        ];
        filled(PAGE, &parts)
    }

    fn write_row(&self, rows: &mut String, row: &Row) {
        let (label, component) = (html_escaped(&row.label), html_escaped(row.component));
        let whole = self.duration().as_secs_f64().max(f64::MIN_POSITIVE);
        let percent = |time: Duration| (100.0 * time.as_secs_f64() / whole).min(100.0);
        let from = percent(row.start);
        let width = percent(row.start + row.duration) - from;
        let (start, duration) = (format_duration(row.start), format_duration(row.duration));
        let class = if row.is_critical { " class=\"critical\"" } else { "" };
        _ = writeln!(
            rows,
            "<tr{class}><td>{label}<small>{component}</small></td><td class=\"time\">{start}</td><td class=\"time\">{duration}</td>\
             <td><div class=\"bar\"><i style=\"--from: {from:.2}%; --width: {width:.2}%\"></i></div></td></tr>"
        );
    }
}
