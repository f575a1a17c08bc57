//! The best way to pair the members of two groups.

/// For each row the column that it is given, so that the sum of the gains is the greatest there is (the Hungarian method, with shortest ways after
/// Jonker and Volgenant). No column is given twice; a row is given none where that adds nothing. Gains are finite, at least 0, and all rows are of
/// one length; what gains nothing is no pair. Takes time of rows² × columns, of the shorter side squared.
pub fn assign(gains: &[Vec<f64>]) -> Vec<Option<usize>> {
    let (rows, columns) = (gains.len(), gains.first().map_or(0, Vec::len));
    if rows > columns {
        let turned: Vec<Vec<f64>> = (0..columns).map(|column| gains.iter().map(|row| row[column]).collect()).collect();
        let mut given = vec![None; rows];
        for (column, row) in assign(&turned).into_iter().enumerate() {
            if let Some(row) = row {
                given[row] = Some(column);
            }
        }
        return given;
    }
    let holder = holders(gains, rows, columns);
    let mut given = vec![None; rows];
    for (column, row) in holder.into_iter().enumerate() {
        if let Some(row) = row.filter(|row| gains[*row][column] > 0.0) {
            given[row] = Some(column);
        }
    }
    given
}

/// Which row holds each column once every row holds one. There are at least as many columns as rows.
fn holders(gains: &[Vec<f64>], rows: usize, columns: usize) -> Vec<Option<usize>> {
    let mut holder: Vec<Option<usize>> = vec![None; columns];
    // Prices of rows and columns: no pair costs less than the two together, and those that are held cost just that.
    let (mut of_row, mut of_column) = (vec![0.0f64; rows], vec![0.0f64; columns]);
    for first in 0..rows {
        let mut least = vec![f64::INFINITY; columns];
        let mut from: Vec<Option<usize>> = vec![None; columns];
        let mut reached = vec![false; columns];
        let (mut row, mut at): (usize, Option<usize>) = (first, None);
        // Grow the tree of shortest ways until it reaches a column that nobody holds.
        let free = loop {
            let mut next: Option<usize> = None;
            for column in 0..columns {
                if reached[column] {
                    continue;
                }
                let cost = -gains[row][column] - of_row[row] - of_column[column];
                if cost < least[column] {
                    (least[column], from[column]) = (cost, at);
                }
                if next.is_none_or(|next| least[column] < least[next]) {
                    next = Some(column);
                }
            }
            let Some(column) = next else { return holder };
            let step = least[column];
            of_row[first] += step;
            for other in 0..columns {
                if reached[other] {
                    of_column[other] -= step;
                    if let Some(row) = holder[other] {
                        of_row[row] += step;
                    }
                } else {
                    least[other] -= step;
                }
            }
            reached[column] = true;
            at = Some(column);
            match holder[column] {
                Some(held) => row = held,
                None => break column,
            }
        };
        // Hand the columns along the way on, back to the first row.
        let mut column = free;
        while let Some(before) = from[column] {
            holder[column] = holder[before];
            column = before;
        }
        holder[column] = Some(first);
    }
    holder
}
