//! The Merkle tree over the leaves, hashed as RFC 6962 says.

use crate::ports::TreeHead;
use tlog_tiles::tlog::{
    Error, Hash, HashReader, record_hash, stored_hash_index, stored_hashes_for_record_hash,
    sub_tree_index, tree_hash,
};

/// A head whose hashes do not fit its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tree of {size} records has {expected} complete subtrees, not {found}")]
pub struct NotAHead {
    /// The size named.
    pub size: u64,
    /// Subtrees that such a tree has.
    pub expected: usize,
    /// Hashes that were there.
    pub found: usize,
}

/// A tree that grows. Only its right edge is kept: the roots of its complete subtrees, each with
/// its place in the stored order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree {
    size: u64,
    edge: Vec<(u64, Hash)>,
}

impl HashReader for Tree {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let hash = |index: &u64| {
            let found = self.edge.iter().rev().find(|(at, _)| at == index);
            found.map(|(_, hash)| *hash).ok_or(Error::IndexesNotInTree)
        };
        indexes.iter().map(hash).collect()
    }
}

impl Tree {
    /// Takes up a tree where it was left.
    pub fn at(head: &TreeHead) -> Result<Self, NotAHead> {
        let places = sub_tree_index(0, head.size, Vec::new());
        if places.len() != head.frontier.len() {
            return Err(NotAHead {
                size: head.size,
                expected: places.len(),
                found: head.frontier.len(),
            });
        }
        let hashes = head.frontier.iter().copied().map(Hash);
        Ok(Self {
            size: head.size,
            edge: places.into_iter().zip(hashes).collect(),
        })
    }

    /// Returns what is needed to take it up again.
    pub fn head(&self) -> TreeHead {
        TreeHead {
            size: self.size,
            frontier: self.edge.iter().map(|(_, hash)| hash.0).collect(),
        }
    }

    /// Returns how many leaves it has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf at the end.
    pub fn push(&mut self, leaf: &[u8]) {
        let hashes = stored_hashes_for_record_hash(self.size, record_hash(leaf), self)
            .expect("the edge holds every complete subtree");
        let level = hashes.len() - 1;
        let top = *hashes.last().expect("a leaf has a hash");
        // The new leaf completes `level` subtrees, which the new one takes in.
        self.edge.truncate(self.edge.len() - level);
        let height = u8::try_from(level).expect("a tree has fewer than 64 levels");
        self.edge
            .push((stored_hash_index(height, self.size >> level), top));
        self.size += 1;
    }

    /// Returns the root over all leaves.
    pub fn root(&self) -> [u8; 32] {
        let root = tree_hash(self.size, self).expect("the edge holds every complete subtree");
        root.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    /// RFC 6962, section 2.1, word for word.
    fn by_definition(leaves: &[Vec<u8>]) -> [u8; 32] {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => Sha256::digest([&[0], leaf.as_slice()].concat()).into(),
            _ => {
                let half = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(half);
                let both = [by_definition(left), by_definition(right)].concat();
                Sha256::digest([&[1], both.as_slice()].concat()).into()
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_definition() {
        let leaves: Vec<_> = (0..70_u8).map(|n| vec![n; usize::from(n)]).collect();
        let mut tree = Tree::default();
        for n in 0..leaves.len() {
            assert_eq!(tree.root(), by_definition(&leaves[..n]), "{n} leaves");
            tree = Tree::at(&tree.head()).unwrap();
            tree.push(&leaves[n]);
        }
    }

    #[test]
    fn a_head_fits_its_size() {
        let frontier = vec![[0; 32]; 2];
        assert!(
            Tree::at(&TreeHead {
                size: 3,
                frontier: frontier.clone()
            })
            .is_ok()
        );
        let refused = Tree::at(&TreeHead { size: 4, frontier }).unwrap_err();
        assert_eq!((refused.expected, refused.found), (1, 2));
    }
}
